/** One step of training as nodes: rows in, forward and back, batch by batch, and the optimizer's step out. */
import { gradient } from '../autodiff/gradient.ts';
import type { Builder } from '../ir/graph.ts';
import type { Value } from '../ir/types.ts';
import type { TrainingInputs } from '../nn/layer.ts';
import { lossDef } from '../nn/losses.ts';
import { buildModel, type Model } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import { applyChain } from '../optim/transform.ts';
import type { Structure } from '../port.ts';
import { gatherRows } from './batch.ts';
import { clipFactor } from './clip.ts';
import { slotNames } from './structure.ts';

export interface StepInputs {
  readonly data: Value;
  /** A scalar of the optimizer at this step, by name: `[1, 1]`. */
  readonly scalar: (name: string) => Value;
}

export interface Batch {
  /** Row indices, int32 `[batch]`. */
  readonly rows: Value;
  /** What the loss compares the scores with. */
  readonly targets: Value;
  readonly training: Omit<TrainingInputs, 'update'>;
}

/** Parameters, buffers and slots by name. */
export type State = ReadonlyMap<string, Value>;

/**
 * Averages the gradients of the batches and hands back the next state, and the scores of each batch before the step, from
 * which losses are reported. Running statistics go on from batch to batch.
 */
export function trainOnce(
  b: Builder,
  structure: Structure,
  model: Model,
  inputs: StepInputs,
  state: State,
  batches: readonly Batch[],
): { readonly next: State; readonly scores: readonly Value[] } {
  const { optimizer: config } = structure;
  const optimizer = optimizerDef(config);
  const trainable = model.parameters.filter((spec) => spec.trainable).map(({ name }) => name);
  const clips = structure.clipsGradients === true;
  const seedOfStep = (): Value | null => optimizer.seed(inputs.scalar, config);

  let current = state;
  let gradients: readonly Value[] = [];
  const scores: Value[] = [];
  for (const batch of batches) {
    // Clipping asks for the norm of the true gradient, so what the optimizer starts from comes in behind it.
    const seed = () => scaledSeed(b, clips ? null : seedOfStep(), 1 / batches.length);
    const done = backward(b, structure, model, inputs.data, current, batch, trainable, seed);
    current = done.next;
    scores.push(done.scores);
    const sofar = gradients;
    gradients = done.gradients.map((own, i) => (sofar[i] === undefined ? own : b.op('Add', [sofar[i], own])));
  }
  if (clips && gradients.length > 0) {
    const factor = clipFactor(b, gradients, inputs.scalar('max_grad_norm'), seedOfStep());
    gradients = gradients.map((each) => b.op('Mul', [each, beside(b, factor, each)]));
  }

  const next = new Map(current);
  const chain = optimizer.chain(config);
  const shrink = optimizer.shrink(config);
  trainable.forEach((name, i) => {
    const parameter = tensorNamed(state, name);
    const context = { b, scalar: (scalar: string) => beside(b, inputs.scalar(scalar), parameter), parameter };
    const slots = slotNames(name, config);
    const result = applyChain(
      chain,
      context,
      gradients[i]!,
      slots.map((slot) => tensorNamed(state, slot)),
    );
    const kept = shrink === null ? parameter : b.op('Mul', [parameter, context.scalar(shrink)]);
    next.set(name, b.op('Add', [kept, result.update]));
    slots.forEach((slot, at) => {
      next.set(slot, result.slots[at]!);
    });
  });
  return { next, scores };
}

/** `[1, 1]` as it broadcasts to a tensor without changing its axes. */
function beside(b: Builder, scalar: Value, tensor: Value): Value {
  return tensor.shape.length < 2 ? b.op('Reshape', [scalar], { shape: tensor.shape.map(() => 1) }) : scalar;
}

interface Backward {
  /** The state with the batch's running statistics. */
  readonly next: State;
  readonly scores: Value;
  /** Of the trainable parameters, in their order. */
  readonly gradients: readonly Value[];
}

function backward(
  b: Builder,
  structure: Structure,
  model: Model,
  data: Value,
  state: State,
  batch: Batch,
  trainable: readonly string[],
  seed: () => Value,
): Backward {
  const next = new Map(state);
  const update = (name: string, value: Value): void => void next.set(name, value);
  const parameter = (name: string): Value => tensorNamed(state, name);
  const x = gatherRows(b, structure, data, batch.rows);
  const scores = buildModel({ b, parameter, training: { ...batch.training, update } }, model, x).value;
  const dScores = lossDef(structure.loss).gradient(b, scores, batch.targets, seed());
  const wanted = trainable.map(parameter);
  const gradients = wanted.length === 0 ? [] : gradient(registry, b, scores, dScores, wanted);
  return { next, scores, gradients };
}

function scaledSeed(b: Builder, seed: Value | null, share: number): Value {
  if (seed === null) return b.scalar('float32', share);
  return share === 1 ? seed : b.op('Mul', [seed, b.scalar('float32', share)]);
}

export function tensorNamed(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the graph has no tensor ${name}`);
  return value;
}
