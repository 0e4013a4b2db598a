/** One step of training as nodes: a batch's rows in, forward and back, the optimizer's step out. */
import { gradient } from '../autodiff/gradient.ts';
import type { Builder } from '../ir/graph.ts';
import type { Value } from '../ir/types.ts';
import type { TrainingInputs } from '../nn/layer.ts';
import { losses } from '../nn/losses.ts';
import { buildModel, type Model } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import { applyChain } from '../optim/transform.ts';
import type { Structure } from '../port.ts';
import { gatherRows } from './batch.ts';
import { slotNames } from './structure.ts';

export interface StepInputs {
  readonly data: Value;
  readonly hyper: (name: string) => Value;
  readonly training: Omit<TrainingInputs, 'update'>;
}

export interface Batch {
  /** Row indices, int32 `[batch]`. */
  readonly rows: Value;
  /** What the loss compares the scores with. */
  readonly targets: Value;
}

/** Parameters and slots by name. */
export type State = ReadonlyMap<string, Value>;

/** Hands back the next state, and the scores before the step, from which the loss is reported. */
export function trainOnce(
  b: Builder,
  structure: Structure,
  model: Model,
  inputs: StepInputs,
  state: State,
  batch: Batch,
): { readonly next: State; readonly scores: Value } {
  const parameter = (name: string): Value => tensorNamed(state, name);
  const x = gatherRows(b, structure, inputs.data, batch.rows);
  const next = new Map<string, Value>();
  const update = (name: string, value: Value): void => void next.set(name, value);
  const scores = buildModel({ b, parameter, training: { ...inputs.training, update } }, model, x).value;

  const optimizer = optimizerDef(structure.optimizer);
  const chain = optimizer.chain(structure.optimizer);
  const trainable = model.parameters.filter((spec) => spec.trainable);
  const wanted = trainable.map(({ name }) => parameter(name));
  const dScores = losses[structure.loss.type].gradient(b, scores, batch.targets, optimizer.seed(b, inputs.hyper));
  const gradients = wanted.length === 0 ? [] : gradient(registry, b, scores, dScores, wanted);

  trainable.forEach(({ name }, i) => {
    const context = { b, hyper: inputs.hyper, parameter: parameter(name) };
    const slots = slotNames(name, structure.optimizer);
    const result = applyChain(chain, context, gradients[i]!, slots.map(parameter));
    next.set(name, b.op('Add', [context.parameter, result.update]));
    slots.forEach((slot, at) => {
      next.set(slot, result.slots[at]!);
    });
  });
  return { next, scores };
}

export function tensorNamed(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the graph has no tensor ${name}`);
  return value;
}
