/** The activations that pass between layers, and their two forms in memory. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { Tensor, Tf } from './load.ts';

export interface Features {
  readonly value: Tensor;
  /**
   * `flat`: `[batch, features]`, in C order of the shape. `image`: `[batch, height, width, channels]`, the only form that
   * TensorFlow's convolutions on a CPU know.
   */
  readonly form: 'flat' | 'image';
  /** Of one example, channels first as everywhere in Sower. */
  readonly shape: readonly number[];
}

type Image = readonly [channels: number, height: number, width: number];

/** A shape of two dimensions counts as one channel. */
export function imageShape(shape: readonly number[]): Image {
  if (shape.length === 2) return [1, shape[0]!, shape[1]!];
  if (shape.length !== 3) throw new Error(`no image has the shape [${shape.join(', ')}]`);
  return shape as Image;
}

export function asImage(tf: Tf, input: Features): Features {
  if (input.form === 'image') return input;
  const [channels, height, width] = imageShape(input.shape);
  const shape = [channels, height, width];
  if (channels === 1) return { value: tf.reshape(input.value, [-1, height, width, 1]), form: 'image', shape };
  const value = tf.transpose(tf.reshape(input.value, [-1, channels, height, width]), [0, 2, 3, 1]);
  return { value, form: 'image', shape };
}

/** The shape is kept: only the form in memory is flat. */
export function asFlat(tf: Tf, input: Features): Features {
  if (input.form === 'flat') return input;
  const [channels] = imageShape(input.shape);
  const first = channels === 1 ? input.value : tf.transpose(input.value, [0, 3, 1, 2]);
  return { value: tf.reshape(first, [-1, elementsOf(input.shape)]), form: 'flat', shape: input.shape };
}

export const flat = (value: Tensor, shape: readonly number[]): Features => ({ value, form: 'flat', shape });
