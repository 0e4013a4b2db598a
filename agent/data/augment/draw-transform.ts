/** Which change an image gets, from random numbers that depend on nothing but seed, epoch and row. */
import { draw32, drawUniform } from '../../../shared/kernel/random.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { ImageTransform } from './image-transform.ts';

export type AugmentStep = Extract<PrepareStep, { readonly type: 'augment' }>;

/** Draws of one row. */
const DRAWS = 8;

/** `key` is that of the epoch. */
export function drawTransform({ flip, shift, rotate }: AugmentStep, key: number, row: number): ImageTransform {
  const uniform = (draw: number): number => drawUniform(key, row * DRAWS + draw);
  const pixels = (draw: number): number => (shift === 0 ? 0 : Math.floor(uniform(draw) * (2 * shift + 1)) - shift);
  const tossed = (bit: number): boolean => ((draw32(key, 2 * row * DRAWS) >>> bit) & 1) === 1;
  return {
    mirrorColumns: (flip === 'horizontal' || flip === 'both') && tossed(31),
    mirrorRows: (flip === 'vertical' || flip === 'both') && tossed(30),
    shift: [pixels(1), pixels(2)],
    degrees: rotate === 0 ? 0 : (2 * uniform(3) - 1) * rotate,
  };
}
