/** A screen is lines, a line is segments; components only paint them, so every screen can be tested without a terminal. */
export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'faint' | 'accent';

export interface Segment {
  readonly text: string;
  readonly tone?: Tone;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

export type Line = readonly Segment[];

export const EMPTY_LINE: Line = [{ text: ' ' }];

export function text(content: string, tone: Tone = 'plain'): Segment {
  return { text: content, tone };
}

export function bold(content: string, tone: Tone = 'plain'): Segment {
  return { text: content, tone, bold: true };
}

/** Length in cells; all glyphs drawn here are one cell wide. */
export function lineWidth(line: Line): number {
  return line.reduce((width, segment) => width + segment.text.length, 0);
}

/** Cut or padded to exactly `width` cells. */
export function toCells(content: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  if (content.length > width) return width === 1 ? content.slice(0, 1) : `${content.slice(0, width - 1)}~`;
  return align === 'left' ? content.padEnd(width) : content.padStart(width);
}

/** A line cut to `width` cells. */
export function clipLine(line: Line, width: number): Line {
  const clipped: Segment[] = [];
  let left = width;
  for (const segment of line) {
    if (left <= 0) break;
    clipped.push(segment.text.length <= left ? segment : { ...segment, text: segment.text.slice(0, left) });
    left -= segment.text.length;
  }
  return clipped;
}

/** `left` and `right` at both ends of one line of `width` cells; `right` gives way first. */
export function spread(left: Line, right: Line, width: number): Line {
  const gap = width - lineWidth(left) - lineWidth(right);
  if (gap < 1) return clipLine(left, width);
  return [...left, text(' '.repeat(gap)), ...right];
}

/** A titled rule: `─ best so far ─────`. */
export function titledRule(title: string, width: number, ascii: boolean): Line {
  const dash = ascii ? '-' : '─';
  const head = `${dash} ${title} `;
  return [
    text(toCells(head, Math.min(width, head.length)), 'faint'),
    text(dash.repeat(Math.max(0, width - head.length)), 'faint'),
  ];
}
