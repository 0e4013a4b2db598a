/** Rows whose class shows in the pixels, so that a model can learn them; the same from the same seed. */
import type { Examples } from '../../agent/engine/port.ts';
import { deriveKey, draw32, drawUniform } from '../../shared/kernel/random.ts';

export interface LearnableOptions {
  readonly rows: number;
  readonly side: number;
  readonly classes: number;
  readonly seed: number;
}

/** `uint8` images: noise, and a bright stripe of pixels that belongs to the class. */
export function learnableExamples({ rows, side, classes, seed }: LearnableOptions): Examples & {
  readonly features: Uint8Array;
} {
  const pixels = side * side;
  const stripe = Math.floor(pixels / classes);
  const features = new Uint8Array(rows * pixels);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = draw32(deriveKey(seed, 'label'), row) % classes;
    labels[row] = label;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const noise = drawUniform(deriveKey(seed, 'pixel'), row * pixels + pixel);
      const inStripe = Math.floor(pixel / stripe) === label;
      features[row * pixels + pixel] = Math.floor(noise * (inStripe ? 255 : 100));
    }
  }
  return { features, shape: [side, side], labels, rows };
}

/** Rows of batch after batch, all different from one batch to the next. */
export function rowOrder(rows: number, count: number, seed: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => draw32(deriveKey(seed, 'order'), i) % rows);
}
