/** The tensors a run carries from step to step: made from parameters, read, saved and restored. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { StateTensor } from '../compile/signature.ts';
import type { ParameterTensor } from '../port.ts';
import { decodeCheckpoint, encodeCheckpoint, type SavedTensor } from './checkpoint.ts';
import { floatsOf, makeTensor, type Tensor } from './session.ts';

/** What a run counts and draws from, beside its tensors. */
export interface SavedRun {
  readonly seed: number;
  readonly step: number;
}

const FORMAT = 'sower checkpoint 1';

const countOf = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

/** The parameters a caller gave, by name; throws SowerError E_MODEL_PARAMETERS where they are not the structure's. */
export function givenParameters(
  tensors: readonly StateTensor[],
  given: readonly ParameterTensor[],
): ReadonlyMap<string, Float32Array> {
  const expected = tensors.filter(({ kind }) => kind === 'parameter');
  const signature = (all: readonly { readonly name: string; readonly shape: readonly number[] }[]): string =>
    all
      .map(({ name, shape }) => `${name} [${shape.join(', ')}]`)
      .sort()
      .join(', ');
  const whole = given.every(({ shape, values }) => values.length === countOf(shape));
  if (!whole || signature(expected) !== signature(given)) {
    throw new SowerError(
      'E_MODEL_PARAMETERS',
      `the model has the parameters ${signature(expected)}, but these were given: ${signature(given)}`,
    );
  }
  return new Map(given.map(({ name, values }) => [name, values]));
}

/** Parameters as given, everything else zero. The values are copied. */
export function initialState(
  tensors: readonly StateTensor[],
  values: ReadonlyMap<string, Float32Array>,
): Map<string, Tensor> {
  return new Map(
    tensors.map(({ name, graphShape }) => {
      const data = values.get(name)?.slice() ?? new Float32Array(countOf(graphShape));
      return [name, makeTensor('float32', data, graphShape)];
    }),
  );
}

/** Copies of all tensors in PyTorch's shapes. */
export function readState(
  tensors: readonly StateTensor[],
  state: ReadonlyMap<string, Tensor>,
): readonly (SavedTensor & { readonly kind: StateTensor['kind'] })[] {
  return tensors.map(({ name, kind, shape }) => ({ name, kind, shape, values: floatsOf(state.get(name)).slice() }));
}

export function saveState(
  tensors: readonly StateTensor[],
  state: ReadonlyMap<string, Tensor>,
  { seed, step }: SavedRun,
): Uint8Array {
  const metadata = { format: FORMAT, seed: String(seed), step: String(step) };
  return encodeCheckpoint({ tensors: readState(tensors, state), metadata });
}

/** Throws SowerError E_CHECKPOINT_* where the checkpoint is damaged or of another structure. */
export function restoredState(
  tensors: readonly StateTensor[],
  file: Uint8Array,
): { readonly state: Map<string, Tensor>; readonly counters: SavedRun } {
  const { tensors: saved, metadata } = decodeCheckpoint(file);
  const byName = new Map(saved.map((tensor) => [tensor.name, tensor]));
  const fits = tensors.every(({ name, shape }) => byName.get(name)?.shape.join() === shape.join());
  const counters = { seed: Number(metadata.seed), step: Number(metadata.step) };
  if (!fits || saved.length !== tensors.length || metadata.format !== FORMAT || !Number.isInteger(counters.step)) {
    throw new SowerError('E_CHECKPOINT_STRUCTURE', 'the checkpoint is of another model or optimizer');
  }
  return { state: initialState(tensors, new Map(saved.map(({ name, values }) => [name, values]))), counters };
}
