/**
 * The built-in data set `characters`: digits and capitals as if photographed, each from a fixed key and at the size
 * asked for. Only operations that IEEE 754 rounds exactly are used, so every machine draws the same bytes.
 */
import { deriveKey, draw32, drawPermutation, drawUniform } from '../../../shared/kernel/random.ts';
import { GLYPHS } from '../digits/glyphs.ts';
import { inkSegments, type Segments, traceStroke } from '../digits/pen.ts';
import { LETTERS } from './letters.ts';

export const CHARACTERS: readonly string[] = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** `[height, width]` in grey (1 channel) or colour (3). */
export interface ImageForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

const SHAPES = [...GLYPHS, ...LETTERS];

/** A zero and an O are told apart by their width alone. */
const WIDTHS: Readonly<Record<string, number>> = { 0: 0.74, O: 1.2 };

/** Classes of `count` rows, balanced and shuffled; `part` keys the draw, so parts share no image. */
export function characterLabels(part: string, count: number): Int32Array {
  return drawPermutation(deriveKey('characters', part, 'labels'), count).map((place) => place % CHARACTERS.length);
}

type Draw = (low: number, high: number) => number;

/** Row `row` of a part, into `pixels` (channel by channel). `coverage` is scratch space of height x width. */
export function drawCharacter(
  part: string,
  row: number,
  label: number,
  form: ImageForm,
  coverage: Float64Array,
  pixels: Uint8Array,
): void {
  const key = deriveKey('characters', part, row);
  let counter = 0;
  const uniform: Draw = (low, high) => low + (high - low) * drawUniform(key, counter++);
  const styles = SHAPES[label]!;
  const glyph = styles[Math.floor(uniform(0, styles.length))]!;
  const place = drawPlacement(uniform, form, WIDTHS[CHARACTERS[label]!] ?? 1);
  // A unit is what a pixel is in an image of 28 x 28.
  const unit = Math.min(form.height, form.width) / 28;
  const segments: Segments = [];
  for (const stroke of glyph) traceStroke(stroke, place, segments, unit > 2 ? 12 : 4);
  coverage.fill(0);
  inkSegments(segments, uniform(0.6, 1.7) * unit, form.width, coverage);
  paint(drawColours(uniform, form.channels), deriveKey(key, 'noise'), form, unit, coverage, pixels);
}

/** Bell-shaped in (-1, 1): the mean of three uniforms. */
const bell = (uniform: Draw) => (uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1)) / 3;

/** Where one hand puts the points of a glyph: jitter, a bend, then size, slant, rotation and shift, in pixels. */
function drawPlacement(uniform: Draw, { height, width }: ImageForm, widthFactor: number) {
  const scale = uniform(0.5, 0.78);
  const boxHeight = height * scale;
  const boxWidth = width * scale * widthFactor * uniform(0.62, 0.95);
  const slant = 0.08 + 0.5 * bell(uniform);
  // Rotation by the rational parametrisation of the circle: t = tan(angle / 2).
  const t = 0.24 * bell(uniform);
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const shiftX = (width - 1) / 2 + (width - boxWidth) * uniform(-0.28, 0.28);
  const shiftY = (height - 1) / 2 + (height - boxHeight) * uniform(-0.3, 0.3);
  const [bendX, bendY] = [0.5 * bell(uniform), 0.4 * bell(uniform)];
  const jitter = uniform(0.01, 0.07);
  return (glyphX: number, glyphY: number): readonly [number, number] => {
    const u = glyphX - 0.5 + jitter * bell(uniform);
    const v = glyphY - 0.5 + jitter * bell(uniform);
    const x = boxWidth * (u + bendX * (v * v - 0.08)) - slant * 0.5 * boxHeight * v;
    const y = boxHeight * (v + bendY * (u * u - 0.08));
    return [shiftX + cosine * x - sine * y, shiftY + sine * x + cosine * y];
  };
}

interface Colours {
  /** Per channel, 0 to 255. */
  readonly paper: readonly number[];
  readonly ink: readonly number[];
  /** Light from one side: change from one edge to the other. */
  readonly across: number;
  readonly down: number;
  readonly grain: number;
  /** Slow blotches. */
  readonly stain: number;
}

/** Ink and paper of any colour, apart in lightness; dark on light twice as often as light on dark. */
function drawColours(uniform: Draw, channels: number): Colours {
  const light = uniform(150, 235);
  const dark = uniform(15, light - 75);
  const tint = uniform(0, 45);
  const colour = (lightness: number) =>
    Array.from({ length: 3 }, () => lightness + tint * uniform(-1, 1)).slice(0, channels);
  const [bright, deep] = [colour(light), colour(dark)];
  const [paper, ink] = uniform(0, 3) < 2 ? [bright, deep] : [deep, bright];
  const [across, down] = [uniform(-35, 35), uniform(-35, 35)];
  return { paper, ink, across, down, grain: uniform(4, 30), stain: uniform(0, 28) };
}

function paint(
  { paper, ink, across, down, grain, stain }: Colours,
  noiseKey: number,
  { height, width, channels }: ImageForm,
  unit: number,
  coverage: Float64Array,
  pixels: Uint8Array,
): void {
  const stains = blotches(deriveKey(noiseKey, 'stains'), height, width, 7 * unit);
  const plane = height * width;
  for (let y = 0; y < height; y++) {
    const fromTop = down * (y / height - 0.5);
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      const bits = draw32(noiseKey, pixel);
      const light = fromTop + across * (x / width - 0.5) + stain * stains(x, y);
      for (let channel = 0; channel < channels; channel++) {
        const noise = ((bits >>> (8 * channel)) & 255) / 127.5 - 1;
        const base = paper[channel]!;
        const value = base + (ink[channel]! - base) * coverage[pixel]! + light + grain * noise;
        pixels[channel * plane + pixel] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
      }
    }
  }
}

/** Smooth noise in (-1, 1): values on a lattice of `cell` pixels, bilinear between them. */
function blotches(key: number, height: number, width: number, cell: number): (x: number, y: number) => number {
  const columns = Math.ceil(width / cell) + 1;
  const rows = Math.ceil(height / cell) + 1;
  const lattice = Float64Array.from({ length: rows * columns }, (_, i) => 2 * drawUniform(key, i) - 1);
  return (x, y) => {
    const [across, down] = [x / cell, y / cell];
    const [left, top] = [Math.floor(across), Math.floor(down)];
    const [u, v] = [across - left, down - top];
    const at = top * columns + left;
    const above = lattice[at]! + (lattice[at + 1]! - lattice[at]!) * u;
    const below = lattice[at + columns]! + (lattice[at + columns + 1]! - lattice[at + columns]!) * u;
    return above + (below - above) * v;
  };
}
