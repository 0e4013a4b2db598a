/** One change of an image: mirrored, then turned around its centre, then moved; what comes from outside is zero. */

export interface ImageTransform {
  readonly mirrorColumns: boolean;
  readonly mirrorRows: boolean;
  /** Pixels to the right and down; whole numbers. */
  readonly shift: readonly [right: number, down: number];
  /** Degrees, clockwise as images are drawn, with rows downwards. */
  readonly degrees: number;
}

/** `[height, width]` or `[channels, height, width]`. */
export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

type Values = Uint8Array | Float32Array;

/**
 * Writes the changed image of `from` over all of `into`, every channel alike. Without a turn pixels are moved as they are;
 * a turned image is sampled bilinearly, bytes rounded to the nearest.
 */
export function transformImage(from: Values, size: ImageSize, transform: ImageTransform, into: Values): void {
  if (transform.degrees === 0) moveImage(from, size, transform, into);
  else turnImage(from, size, transform, into);
}

function moveImage(
  from: Values,
  { channels, height, width }: ImageSize,
  { mirrorColumns, mirrorRows, shift: [right, down] }: ImageTransform,
  into: Values,
): void {
  into.fill(0);
  const first = Math.max(0, right);
  const end = Math.min(width, width + right);
  if (first >= end) return;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = Math.max(0, down); row < Math.min(height, height + down); row++) {
      const source = mirrorRows ? height - 1 - (row - down) : row - down;
      const line = (channel * height + source) * width;
      const at = (channel * height + row) * width;
      if (mirrorColumns) {
        for (let column = first; column < end; column++) {
          into[at + column] = from[line + width - 1 - (column - right)]!;
        }
      } else into.set(from.subarray(line + first - right, line + end - right), at + first);
    }
  }
}

/** For each pixel the place it comes from, back through shift, turn and mirror, and the four pixels around that. */
function turnImage(
  from: Values,
  { channels, height, width }: ImageSize,
  { mirrorColumns, mirrorRows, shift: [right, down], degrees }: ImageTransform,
  into: Values,
): void {
  const radians = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(radians), Math.sin(radians)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const half = into instanceof Uint8Array ? 0.5 : 0;
  const plane = height * width;
  for (let row = 0; row < height; row++) {
    const dy = row - down - middleY;
    for (let column = 0; column < width; column++) {
      const dx = column - right - middleX;
      const turnedX = middleX + cosine * dx + sine * dy;
      const turnedY = middleY - sine * dx + cosine * dy;
      const x = mirrorColumns ? width - 1 - turnedX : turnedX;
      const y = mirrorRows ? height - 1 - turnedY : turnedY;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const at = row * width + column;
      if (left < -1 || top < -1 || left >= width || top >= height) {
        for (let channel = 0; channel < channels; channel++) into[channel * plane + at] = 0;
        continue;
      }
      // Pixels outside have no weight, which is as if they were zero.
      const [fx, fy] = [x - left, y - top];
      const inLeft = left >= 0 ? 1 - fx : 0;
      const inRight = left + 1 < width ? fx : 0;
      const above = top >= 0 ? 1 - fy : 0;
      const below = top + 1 < height ? fy : 0;
      const [x0, x1] = [Math.max(left, 0), Math.min(left + 1, width - 1)];
      const [y0, y1] = [Math.max(top, 0) * width, Math.min(top + 1, height - 1) * width];
      for (let channel = 0; channel < channels; channel++) {
        const base = channel * plane;
        const upper = from[base + y0 + x0]! * inLeft + from[base + y0 + x1]! * inRight;
        const lower = from[base + y1 + x0]! * inLeft + from[base + y1 + x1]! * inRight;
        // Storing a byte cuts the fraction off.
        into[base + at] = upper * above + lower * below + half;
      }
    }
  }
}
