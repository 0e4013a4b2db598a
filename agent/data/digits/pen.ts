import type { Stroke } from './glyphs.ts';

/** A pen line in pixels: x0, y0, x1, y1 per segment. */
export type Segments = number[];

/** Straight pieces between two neighbouring pen points; the thinnest line of a small image hides the corners of four. */
const PIECES = 4;

/**
 * The line of a pen through the points of a stroke, as straight segments: a Catmull-Rom spline whose tangents are
 * one-sided at corners and ends. `place` maps a point of the glyph to pixels; it sees each point once, so jitter in it
 * keeps strokes connected.
 */
export function traceStroke(
  stroke: Stroke,
  place: (x: number, y: number) => readonly [number, number],
  into: Segments,
  pieces = PIECES,
): void {
  const points = stroke.map(({ x, y }) => place(x, y));
  for (let i = 0; i + 1 < points.length; i++) {
    const [x1, y1] = points[i]!;
    const [x2, y2] = points[i + 1]!;
    const before = stroke[i]!.corner || i === 0 ? null : points[i - 1]!;
    const after = stroke[i + 1]!.corner ? null : (points[i + 2] ?? null);
    const [startX, startY] = before === null ? [x2 - x1, y2 - y1] : [(x2 - before[0]) / 2, (y2 - before[1]) / 2];
    const [endX, endY] = after === null ? [x2 - x1, y2 - y1] : [(after[0] - x1) / 2, (after[1] - y1) / 2];
    let fromX = x1;
    let fromY = y1;
    for (let piece = 1; piece <= pieces; piece++) {
      const toX = hermite(x1, startX, x2, endX, piece / pieces);
      const toY = hermite(y1, startY, y2, endY, piece / pieces);
      into.push(fromX, fromY, toX, toY);
      fromX = toX;
      fromY = toY;
    }
  }
}

function hermite(from: number, tangentFrom: number, to: number, tangentTo: number, t: number): number {
  const square = t * t;
  const cube = square * t;
  return (
    (2 * cube - 3 * square + 1) * from +
    (cube - 2 * square + t) * tangentFrom +
    (3 * square - 2 * cube) * to +
    (cube - square) * tangentTo
  );
}

/**
 * Inks `coverage` (lines of `width` pixels, 0 to 1) with a line of half width `radius` pixels: full inside, falling to nothing over
 * one pixel at its edge. Only pixels near each segment are visited.
 */
export function inkSegments(segments: Segments, radius: number, width: number, coverage: Float64Array): void {
  const height = coverage.length / width;
  const reach = radius + 0.5;
  for (let i = 0; i < segments.length; i += 4) {
    const x0 = segments[i]!;
    const y0 = segments[i + 1]!;
    const dx = segments[i + 2]! - x0;
    const dy = segments[i + 3]! - y0;
    const lengthSquared = dx * dx + dy * dy;
    const left = Math.max(0, Math.ceil(Math.min(x0, x0 + dx) - reach));
    const right = Math.min(width - 1, Math.floor(Math.max(x0, x0 + dx) + reach));
    const top = Math.max(0, Math.ceil(Math.min(y0, y0 + dy) - reach));
    const bottom = Math.min(height - 1, Math.floor(Math.max(y0, y0 + dy) + reach));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = lengthSquared === 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / lengthSquared;
        const t = Math.max(0, Math.min(1, along));
        const offX = x - x0 - t * dx;
        const offY = y - y0 - t * dy;
        const ink = reach - Math.sqrt(offX * offX + offY * offY);
        const pixel = y * width + x;
        if (ink > coverage[pixel]!) coverage[pixel] = Math.min(1, ink);
      }
    }
  }
}
