import { useEffect, useState } from 'react';

const TICK_MS = 1000;

/** Wall clock in ms, ticking once a second. */
export function useClock(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
