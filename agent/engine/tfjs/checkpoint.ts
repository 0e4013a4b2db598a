/** Saving and restoring a run; the container is that of the other engine, the slots are PyTorch's. */
import { createHash } from 'node:crypto';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../run/checkpoint.ts';
import type { Tf } from './load.ts';
import { readTensor, type StateSpec, type TensorState } from './state.ts';

/** What a run counts and draws from, beside its tensors. */
export interface SavedCounters {
  readonly seed: number;
  /** Batches done. */
  readonly step: number;
  /** Steps of the optimizer: fewer than batches where gradients are accumulated. */
  readonly updates: number;
  readonly lr: number;
}

/** What a checkpoint belongs to. */
export interface StateOwner {
  /** `structureKey` of the structure. */
  readonly key: string;
  readonly specs: readonly StateSpec[];
}

const FORMAT = 'sower tfjs checkpoint 1';

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

export function saveRun(tf: Tf, { key, specs }: StateOwner, state: TensorState, counters: SavedCounters): Uint8Array {
  const tensors = specs.map((spec) => {
    return { name: spec.name, shape: spec.shape, values: readTensor(tf, spec, state.get(spec.name)!) };
  });
  const counted = Object.entries(counters).map(([name, value]) => [name, String(value)]);
  const metadata = { format: FORMAT, structure: hashOf(key), ...Object.fromEntries(counted) };
  return encodeCheckpoint({ tensors, metadata });
}

/** Throws SowerError E_CHECKPOINT_* where the checkpoint is damaged, or of another structure or engine. */
export function restoredRun(
  { key, specs }: StateOwner,
  file: Uint8Array,
): { readonly values: ReadonlyMap<string, Float32Array>; readonly counters: SavedCounters } {
  const { tensors, metadata } = decodeCheckpoint(file);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const number = (name: keyof SavedCounters): number => Number(metadata[name]);
  const counters = { seed: number('seed'), step: number('step'), updates: number('updates'), lr: number('lr') };
  const counted = Object.values(counters).every(Number.isFinite);
  const fits = specs.every(({ name, shape }) => byName.get(name)?.shape.join() === shape.join());
  if (
    !fits ||
    !counted ||
    tensors.length !== specs.length ||
    metadata.format !== FORMAT ||
    metadata.structure !== hashOf(key)
  ) {
    throw new SowerError('E_CHECKPOINT_STRUCTURE', 'the checkpoint is of another model, optimizer or engine', {
      fix: 'restore it with the engine, the layers, the optimizer and the batch size that it was saved with',
    });
  }
  return { values: new Map(tensors.map(({ name, values }) => [name, values])), counters };
}
