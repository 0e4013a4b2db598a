/** Dropout with the masks that the compiled graphs draw (`nn/dropout.ts`), so that both engines drop the same units. */
import { draw32, mix32 } from '../../../shared/kernel/random.ts';
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { Layout } from '../nn/layer.ts';
import { asFlat, asImage, type Features, flat } from './features.ts';
import type { Tf } from './load.ts';

const GOLDEN = 0x9e3779b9;

export interface DropoutDraw {
  /** The layer's key in this run. */
  readonly key: number;
  /** Batches done before this one. */
  readonly step: number;
  readonly rate: number;
  /** In which order the compiled graph counts the elements. */
  readonly layout: Layout;
}

export function dropout(tf: Tf, input: Features, draw: DropoutDraw): Features {
  const batch = input.value.shape[0]!;
  const width = elementsOf(input.shape);
  const factors = flat(tf.tensor(maskFactors(draw, batch, width), [batch, width]), input.shape);
  const mask = input.form === 'image' ? asImage(tf, factors) : asFlat(tf, factors);
  return { ...input, value: tf.mul(input.value, mask.value) };
}

/** 0 or 1 / (1 - rate) for each element of `[batch, width]`, in float32 as the graph computes it. */
export function maskFactors({ key, step, rate, layout }: DropoutDraw, batch: number, width: number): Float32Array {
  const stepKey = draw32(key, step);
  const threshold = Math.fround(rate);
  const kept = Math.fround(1 / Math.fround(1 - threshold));
  const factors = new Float32Array(batch * width);
  const [rowStride, columnStride] = layout === 'columns' ? [1, batch] : [width, 1];
  for (let row = 0, at = 0; row < batch; row++) {
    for (let column = 0; column < width; column++, at++) {
      const counter = row * rowStride + column * columnStride;
      const word = mix32((stepKey + Math.imul(counter, GOLDEN)) >>> 0);
      factors[at] = (word >>> 8) * 2 ** -24 >= threshold ? kept : 0;
    }
  }
  return factors;
}
