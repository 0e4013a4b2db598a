/** The tensors a run carries from step to step: made from parameters, read, saved and restored. */
import { createHash } from 'node:crypto';
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { StateTensor } from '../compile/signature.ts';
import { slotOf } from '../compile/structure.ts';
import type { Target } from '../compile/target.ts';
import type { Slot } from '../optim/transform.ts';
import type { ParameterTensor } from '../port.ts';
import { decodeCheckpoint, encodeCheckpoint, type SavedTensor } from './checkpoint.ts';
import { floatsOf, makeTensor, runtimeVersion, type Tensor } from './session.ts';

type Tensors = ReadonlyMap<string, Tensor>;

/** What a checkpoint belongs to. */
export interface StateOwner {
  /** `structureKey` of the structure. */
  readonly key: string;
  readonly state: readonly StateTensor[];
  readonly target: Target;
  /** How convolutions are computed, as text. */
  readonly lowering: string;
}

/** What a run counts and draws from, beside its tensors. */
export interface SavedRun {
  readonly seed: number;
  readonly step: number;
  readonly updates: number;
  /** The rate at the time. */
  readonly lr: number;
  /** What the slots have to be multiplied by: see `OptimizerDef.slotDecay`. */
  readonly slotScale: number;
  /** Steps since they were brought back to a scale of about 1; 0 where that is due. */
  readonly slotPhase: number;
}

const FORMAT = 'sower checkpoint 3';

const countOf = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

const isParameter = ({ kind }: StateTensor): boolean => kind !== 'slot';

/**
 * Copies of the parameters and buffers a caller gave, by name. Throws SowerError E_MODEL_PARAMETERS where they are not the
 * structure's.
 */
export function givenParameters(
  tensors: readonly StateTensor[],
  given: readonly ParameterTensor[],
): ReadonlyMap<string, Float32Array> {
  const expected = new Map(tensors.filter(isParameter).map(({ name, shape }) => [name, describe(name, shape)]));
  for (const { name, shape, values } of given) {
    const wanted = expected.get(name);
    expected.delete(name);
    if (wanted === describe(name, shape) && values.length === countOf(shape)) continue;
    const found = `${describe(name, shape)} with ${values.length} values`;
    throw wrongParameters(wanted === undefined ? `has no ${found}` : `has ${wanted}, but ${found} was given`);
  }
  const [missing] = expected.values();
  if (missing !== undefined) throw wrongParameters(`has ${missing}, which was not given`);
  return new Map(given.map(({ name, values }) => [name, values.slice()]));
}

const describe = (name: string, shape: readonly number[]): string => `${name} [${shape.join(', ')}]`;

function wrongParameters(what: string): SowerError {
  return new SowerError('E_MODEL_PARAMETERS', `the model ${what}`, {
    fix: 'give each parameter of the model once, with its name and shape, as `parameters()` of a run of it does',
  });
}

/** The values given, which are not copied; slots as they start. */
export function initialState(
  tensors: readonly StateTensor[],
  values: ReadonlyMap<string, Float32Array>,
  slots: readonly Slot[],
): Map<string, Tensor> {
  const initial = new Map(slots.map((slot) => [slot.name, slot.initial]));
  return new Map(
    tensors.map(({ name, kind, graphShape }) => {
      let data = values.get(name);
      if (data === undefined) {
        if (kind !== 'slot') throw new Error(`no values for ${name}`);
        data = new Float32Array(countOf(graphShape));
        // Memory that is zero by nature is not touched, so a large model does not hold it before it needs it.
        const start = initial.get(slotOf(name)) ?? 0;
        if (start !== 0) data.fill(start);
      }
      return [name, makeTensor('float32', data, graphShape)];
    }),
  );
}

/** Parameters and buffers in PyTorch's shapes; their values are those of the state, not copies. */
export function parametersIn(tensors: readonly StateTensor[], state: Tensors): readonly ParameterTensor[] {
  return tensorsIn(tensors.filter(isParameter), state);
}

function tensorsIn(tensors: readonly StateTensor[], state: Tensors): readonly SavedTensor[] {
  return tensors.map(({ name, shape }) => ({ name, shape, values: floatsOf(state.get(name)) }));
}

/** The file is the only copy that is made. */
export function saveState(
  { key, state: tensors, target, lowering }: StateOwner,
  state: Tensors,
  saved: SavedRun,
): Uint8Array {
  const metadata = {
    format: FORMAT,
    structure: hashOf(key),
    engine: 'ort',
    engine_version: runtimeVersion(),
    provider: target.provider,
    lowering,
    seed: String(saved.seed),
    step: String(saved.step),
    updates: String(saved.updates),
    lr: String(saved.lr),
    slot_scale: String(saved.slotScale),
    slot_phase: String(saved.slotPhase),
  };
  return encodeCheckpoint({ tensors: tensorsIn(tensors, state), metadata });
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Throws SowerError E_CHECKPOINT_* where the checkpoint is damaged or of another structure. */
export function restoredState(
  { key, state: tensors }: StateOwner,
  file: Uint8Array,
): { readonly state: Map<string, Tensor>; readonly saved: SavedRun & { readonly lowering: string } } {
  const { tensors: found, metadata } = decodeCheckpoint(file);
  if (metadata.format !== FORMAT) {
    throw new SowerError('E_CHECKPOINT_FORMAT', `the checkpoint has the format ${metadata.format}, not ${FORMAT}`, {
      fix: 'start the trial afresh, or restore with the version of Sower that wrote it',
    });
  }
  const byName = new Map(found.map((tensor) => [tensor.name, tensor]));
  const fits = tensors.every(({ name, shape }) => byName.get(name)?.shape.join() === shape.join());
  const { seed, step, updates, lr, slot_scale, slot_phase } = metadata;
  const saved = {
    seed: Number(seed),
    step: Number(step),
    updates: Number(updates),
    lr: Number(lr),
    slotScale: Number(slot_scale),
    slotPhase: Number(slot_phase),
  };
  const counted =
    Object.values(saved).every(Number.isFinite) &&
    saved.slotScale > 0 &&
    saved.slotPhase >= 0 &&
    Number.isInteger(saved.slotPhase);
  if (!fits || !counted || found.length !== tensors.length || metadata.structure !== hashOf(key)) {
    throw new SowerError('E_CHECKPOINT_STRUCTURE', 'the checkpoint is of another model, optimizer or batch size', {
      fix: 'restore into a run with the layers, loss, optimizer and batch size that it was saved from',
    });
  }
  return {
    state: initialState(tensors, new Map(found.map(({ name, values }) => [name, values])), []),
    saved: { ...saved, lowering: metadata.lowering ?? '' },
  };
}
