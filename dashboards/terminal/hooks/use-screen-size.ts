import { useStdout } from 'ink';
import { useEffect, useState } from 'react';
import { type ScreenSize, screenSize } from '../core/size.ts';

/** The size of the terminal, followed as it changes. */
export function useScreenSize(): ScreenSize {
  const { stdout } = useStdout();
  const [size, setSize] = useState(() => screenSize(stdout.columns, stdout.rows));
  useEffect(() => {
    const follow = () => setSize(screenSize(stdout.columns, stdout.rows));
    stdout.on('resize', follow);
    return () => {
      stdout.off('resize', follow);
    };
  }, [stdout]);
  return size;
}
