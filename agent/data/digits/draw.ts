/**
 * The built-in data set `digits`: handwriting-like digits drawn from a fixed key. Only operations that IEEE 754 rounds
 * exactly are used (no sine, no logarithm), so every machine draws the same bytes.
 */
import { deriveKey, draw32, drawPermutation, drawUniform } from '../../../shared/kernel/random.ts';
import type { Examples } from '../../engine/port.ts';
import { GLYPHS } from './glyphs.ts';
import { inkSegments, type Segments, traceStroke } from './pen.ts';

/** Pixels per side of an image. */
export const DIGIT_SIDE = 28;
const PIXELS = DIGIT_SIDE * DIGIT_SIDE;

/** `count` digits, classes balanced and shuffled; `part` keys the draw, so parts share no digit. */
export function drawDigits(part: string, count: number): Examples {
  const order = drawPermutation(deriveKey('digits', part, 'labels'), count);
  const features = new Uint8Array(count * PIXELS);
  const labels = new Int32Array(count);
  const coverage = new Float64Array(PIXELS);
  for (let row = 0; row < count; row++) {
    const label = order[row]! % 10;
    labels[row] = label;
    drawDigit(label, deriveKey('digits', part, row), coverage, features.subarray(row * PIXELS, (row + 1) * PIXELS));
  }
  return { features, shape: [DIGIT_SIDE, DIGIT_SIDE], labels, rows: count };
}

function drawDigit(label: number, key: number, coverage: Float64Array, pixels: Uint8Array): void {
  let counter = 0;
  const uniform = (low: number, high: number) => low + (high - low) * drawUniform(key, counter++);
  /** Bell-shaped in (-1, 1): the mean of three uniforms. */
  const bell = () => (uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1)) / 3;

  const styles = GLYPHS[label]!;
  const glyph = styles[Math.floor(uniform(0, styles.length))]!;
  const place = drawPlacement(uniform, bell);
  const segments: Segments = [];
  for (const stroke of glyph) traceStroke(stroke, place, segments);

  coverage.fill(0);
  inkSegments(segments, uniform(0.5, 1.8), DIGIT_SIDE, coverage);
  const ink = uniform(110, 255);
  const grain = uniform(10, 90);
  const noiseKey = deriveKey(key, 'noise');
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const bits = draw32(noiseKey, pixel);
    const noise = ((bits & 0xffff) + (bits >>> 16)) / 65535 - 1;
    const value = ink * coverage[pixel]! + grain * noise;
    pixels[pixel] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
  }
}

/**
 * Where one writer's hand puts the points of a glyph: jitter per point, a bend (quadratic), then size, slant, rotation
 * and shift; in pixels around the centre of the image.
 */
function drawPlacement(uniform: (low: number, high: number) => number, bell: () => number) {
  const width = 13.5 * (1 + 0.55 * bell());
  const height = 18.5 * (1 + 0.4 * bell());
  const slant = 0.15 + 0.9 * bell();
  // Rotation by the rational parametrisation of the circle: t = tan(angle / 2).
  const t = 0.36 * bell();
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const shiftX = uniform(-2.5, 2.5);
  const shiftY = uniform(-2, 2);
  const bendX = 0.8 * bell();
  const bendY = 0.6 * bell();
  const jitter = uniform(0.04, 0.17);
  const middle = (DIGIT_SIDE - 1) / 2;
  return (glyphX: number, glyphY: number): readonly [number, number] => {
    const u = glyphX - 0.5 + jitter * bell();
    const v = glyphY - 0.5 + jitter * bell();
    const x = width * (u + bendX * (v * v - 0.08)) - slant * 0.5 * height * v;
    const y = height * (v + bendY * (u * u - 0.08));
    return [middle + shiftX + cosine * x - sine * y, middle + shiftY + sine * x + cosine * y];
  };
}
