/** One step of the optimizer: batches forward and back, their gradients averaged and clipped, every parameter moved. */
import type { LossConfig, OptimizerConfig } from '../../../shared/sweep/train.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import type { Batch } from './batches.ts';
import type { ModelTraining } from './layer-context.ts';
import type { Tensor, Tf } from './load.ts';
import { lossSum, targetsOf } from './losses.ts';
import { forward } from './model.ts';
import { optimizerStep, type StepMoment, slotsOf } from './optimizers.ts';
import { type StateSpec, slotName, type TensorState } from './state.ts';

/** What stays the same from step to step. */
export interface StepModel {
  readonly tf: Tf;
  readonly layers: readonly PlacedLayer[];
  /** Of one preprocessed example. */
  readonly inputShape: readonly number[];
  readonly specs: readonly StateSpec[];
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  /** Largest norm of all gradients together, or null. */
  readonly clipGradNorm: number | null;
}

/** PyTorch's, so that gradients of zero divide by something. */
const CLIP_EPSILON = 1e-6;

/** Tensors that outlive the step that made them; whoever takes them disposes of them. */
interface Backward {
  readonly loss: number;
  readonly gradients: readonly Tensor[];
}

/** Advances `state` in place and hands back the mean loss of each batch. */
export function trainStep(
  model: StepModel,
  state: TensorState,
  batches: readonly Batch[],
  training: (batch: number) => Omit<ModelTraining, 'update'>,
  moment: StepMoment,
): readonly number[] {
  const { tf } = model;
  const losses: number[] = [];
  let sums: readonly Tensor[] = [];
  batches.forEach((batch, i) => {
    const { loss, gradients } = backward(model, state, batch, training(i));
    losses.push(loss);
    if (i === 0) {
      sums = gradients;
      return;
    }
    const before = sums;
    sums = before.map((sum, at) => tf.add(sum, gradients[at]!));
    tf.dispose([...before, ...gradients]);
  });
  const next = tf.tidy(() => {
    const share = 1 / batches.length;
    return applyGradients(model, state, share === 1 ? sums : sums.map((sum) => tf.mul(sum, share)), moment);
  });
  tf.dispose([...sums]);
  replace(state, next);
  return losses;
}

function replace(state: TensorState, next: Readonly<Record<string, Tensor>>): void {
  for (const [name, tensor] of Object.entries(next)) {
    state.get(name)?.dispose();
    state.set(name, tensor);
  }
}

const trainableNames = (specs: readonly StateSpec[]): readonly string[] =>
  specs.filter(({ kind }) => kind === 'parameter').map(({ name }) => name);

function backward(
  { tf, layers, inputShape, specs, loss }: StepModel,
  state: TensorState,
  { features, labels, rows }: Batch,
  training: Omit<ModelTraining, 'update'>,
): Backward {
  const updates: Record<string, Tensor> = {};
  const names = trainableNames(specs);
  const done = tf.tidy(() => {
    const x = tf.tensor2d(features, [rows, features.length / rows]);
    const meanLoss = (...parameters: Tensor[]): Tensor => {
      const byName = new Map(names.map((name, i) => [name, parameters[i]!]));
      const parameter = (name: string): Tensor => byName.get(name) ?? state.get(name)!;
      const update = (name: string, value: Tensor): void => {
        updates[name] = tf.keep(value);
      };
      const scores = forward({ tf, parameter, training: { ...training, update } }, layers, x, inputShape);
      const { values, divisor } = targetsOf(loss, labels, rows, scores.shape[1]!);
      return tf.div(lossSum(tf, loss, scores, tf.tensor2d(values, [rows, scores.shape[1]!])), divisor);
    };
    if (names.length === 0) return { value: meanLoss(), grads: [] };
    return tf.valueAndGrads(meanLoss as (...tensors: Tensor[]) => Tensor)(names.map((name) => state.get(name)!));
  });
  replace(state, updates);
  const value = done.value.dataSync()[0]!;
  done.value.dispose();
  return { loss: value, gradients: done.grads };
}

/** Parameters and slots after the step, by name. */
function applyGradients(
  { tf, specs, optimizer, clipGradNorm }: StepModel,
  state: TensorState,
  gradients: readonly Tensor[],
  moment: StepMoment,
): Readonly<Record<string, Tensor>> {
  const clipped = clipGradNorm === null ? gradients : clip(tf, gradients, clipGradNorm);
  const next: Record<string, Tensor> = {};
  trainableNames(specs).forEach((name, i) => {
    const names = slotsOf(optimizer).map((slot) => slotName(name, slot.name));
    const slots = names.map((slot) => state.get(slot)!);
    const result = optimizerStep(tf, optimizer, moment, state.get(name)!, clipped[i]!, slots);
    next[name] = result.parameter;
    names.forEach((slot, at) => {
      next[slot] = result.slots[at]!;
    });
  });
  return next;
}

/** `torch.nn.utils.clip_grad_norm_`: times min(1, maxNorm / (norm + 1e-6)). */
function clip(tf: Tf, gradients: readonly Tensor[], maxNorm: number): readonly Tensor[] {
  if (gradients.length === 0) return gradients;
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, CLIP_EPSILON)), 1);
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
