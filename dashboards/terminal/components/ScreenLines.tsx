import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Line, Segment, Tone } from '../core/line.ts';

/** Names of the 16 colours, so that light and dark themes both work. */
const COLORS: Readonly<Record<Tone, string | undefined>> = {
  plain: undefined,
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  faint: undefined,
  accent: 'cyan',
};

function SegmentText({ segment }: { readonly segment: Segment }): ReactNode {
  const color = COLORS[segment.tone ?? 'plain'];
  return (
    <Text
      {...(color === undefined ? {} : { color })}
      dimColor={segment.tone === 'faint'}
      bold={segment.bold === true}
      inverse={segment.inverse === true}
    >
      {segment.text}
    </Text>
  );
}

/** Paints a frame, one `Text` a line. A line has no identity but its place, so the place is its key. */
export function ScreenLines({ lines }: { readonly lines: readonly Line[] }): ReactNode {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows and segments are places on the screen
        <Text key={row} wrap="truncate-end">
          {line.length === 0
            ? ' '
            : // biome-ignore lint/suspicious/noArrayIndexKey: as above
              line.map((segment, at) => <SegmentText key={at} segment={segment} />)}
        </Text>
      ))}
    </Box>
  );
}
