/** The tensors a run carries from step to step, each in the layout that TensorFlow computes with, read in PyTorch's. */
import { walkLayers } from '../../../shared/model/layer-tree.ts';
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { LayerConfig, OptimizerConfig } from '../../../shared/sweep/train.ts';
import type { StateTensor } from '../compile/signature.ts';
import type { ParameterSpec } from '../nn/layer.ts';
import type { Tensor, Tf } from './load.ts';
import { slotsOf } from './optimizers.ts';

/** `0.weight`, or `0.weight/exp_avg` for an optimizer slot. */
export interface StateSpec extends StateTensor {
  /** Order in which the tensor here has PyTorch's axes; null where it has the same. */
  readonly perm: readonly number[] | null;
  /** What a slot's elements start from. */
  readonly initial: number;
}

export type TensorState = Map<string, Tensor>;

/** A dense weight is `[in, out]` here, a kernel `[height, width, in, out]`. */
const PERMS: Partial<Record<LayerConfig['type'], readonly number[]>> = { dense: [1, 0], conv2d: [2, 3, 1, 0] };

export const slotName = (parameter: string, slot: string): string => `${parameter}/${slot}`;

export function stateSpecs(
  parameters: readonly ParameterSpec[],
  layers: readonly LayerConfig[],
  optimizer: OptimizerConfig,
): readonly StateSpec[] {
  const kinds = new Map(walkLayers(layers).map(({ name, config }) => [`${name}.weight`, config.type]));
  const specs = parameters.map(({ name, shape, trainable }): StateSpec => {
    const kind = kinds.get(name);
    const perm = kind === undefined ? null : (PERMS[kind] ?? null);
    return { name, kind: trainable ? 'parameter' : 'buffer', shape, graphShape: shape, perm, initial: 0 };
  });
  const slots = specs
    .filter(({ kind }) => kind === 'parameter')
    .flatMap((spec) =>
      slotsOf(optimizer).map(({ name, initial }): StateSpec => {
        return { ...spec, name: slotName(spec.name, name), kind: 'slot', initial };
      }),
    );
  return [...specs, ...slots];
}

/** Copies of the values, PyTorch's layout to ours; what has none starts from its initial value. */
export function makeState(tf: Tf, specs: readonly StateSpec[], values: ReadonlyMap<string, Float32Array>): TensorState {
  return new Map(
    specs.map((spec) => {
      const data = values.get(spec.name)?.slice() ?? new Float32Array(elementsOf(spec.shape)).fill(spec.initial);
      return [spec.name, tf.tidy(() => ours(tf, spec, tf.tensor(data, [...spec.shape])))];
    }),
  );
}

const ours = (tf: Tf, { perm }: StateSpec, tensor: Tensor): Tensor =>
  perm === null ? tensor : tf.transpose(tensor, [...perm]);

/** A copy in PyTorch's layout. */
export function readTensor(tf: Tf, { perm }: StateSpec, tensor: Tensor): Float32Array {
  const values = tf.tidy(() => {
    if (perm === null) return tensor.dataSync();
    const back = perm.map((_, axis) => perm.indexOf(axis));
    return tf.transpose(tensor, back).dataSync();
  });
  return Float32Array.from(values as Float32Array);
}

export function disposeState(state: TensorState): void {
  for (const tensor of state.values()) tensor.dispose();
  state.clear();
}
