/** What every loss is tried on, with PyTorch's definitions written out. Mapped over the kinds: one without cases does not compile. */
import type { LossConfig } from '../../shared/sweep/train.ts';

type Numbers = readonly number[];

export interface LossCase {
  readonly config: LossConfig;
  /** Null: labels are numbers. */
  readonly classes: number | null;
  readonly outputs: number;
  /** Loss of one row from its scores and its label, a class or numbers; and what it counts in the mean. */
  readonly row: (scores: Numbers, label: number | Numbers) => { readonly loss: number; readonly weight: number };
}

const sum = (values: Numbers): number => values.reduce((total, value) => total + value, 0);
const mean = (values: Numbers): number => sum(values) / values.length;

function logSoftmax(scores: Numbers): Numbers {
  const top = Math.max(...scores);
  const total = Math.log(sum(scores.map((score) => Math.exp(score - top)))) + top;
  return scores.map((score) => score - total);
}

/** https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html */
function crossEntropy(config: Extract<LossConfig, { type: 'cross_entropy' }>): LossCase {
  const { labelSmoothing = 0, classWeights } = config;
  const weightOf = (c: number): number => classWeights?.[c] ?? 1;
  return {
    config,
    classes: 3,
    outputs: 3,
    row: (scores, label) => {
      const logs = logSoftmax(scores);
      const own = -weightOf(label as number) * logs[label as number]!;
      const all = -sum(logs.map((value, c) => weightOf(c) * value)) / logs.length;
      return { loss: (1 - labelSmoothing) * own + labelSmoothing * all, weight: weightOf(label as number) };
    },
  };
}

function nll(config: Extract<LossConfig, { type: 'nll' }>): LossCase {
  return {
    config,
    classes: 3,
    outputs: 3,
    row: (scores, label) => {
      const weight = config.classWeights?.[label as number] ?? 1;
      return { loss: -weight * scores[label as number]!, weight };
    },
  };
}

/** https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html */
function bce(outputs: number, positiveWeight?: number): LossCase {
  const config = positiveWeight === undefined ? {} : { positiveWeight };
  const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
  return {
    config: { type: 'bce_with_logits', ...config },
    classes: outputs === 1 ? 2 : outputs,
    outputs,
    row: (scores, label) => {
      const targets = outputs === 1 ? [label as number] : scores.map((_, c) => Number(c === label));
      const losses = scores.map((z, i) => {
        const positive = (positiveWeight ?? 1) * targets[i]! * Math.log(logistic(z));
        return -(positive + (1 - targets[i]!) * Math.log(1 - logistic(z)));
      });
      return { loss: mean(losses), weight: 1 };
    },
  };
}

/** A loss of differences, on numbers and on classes. */
function differences(config: LossConfig, f: (difference: number) => number): readonly LossCase[] {
  const row: LossCase['row'] = (scores, label) => {
    const targets = typeof label === 'number' ? scores.map((_, c) => Number(c === label)) : label;
    return { loss: mean(scores.map((score, i) => f(score - targets[i]!))), weight: 1 };
  };
  return [
    { config, classes: null, outputs: 1, row },
    { config, classes: null, outputs: 3, row },
    { config, classes: 4, outputs: 4, row },
  ];
}

const huber = (delta: number): readonly LossCase[] =>
  differences({ type: 'huber', delta }, (d) =>
    Math.abs(d) <= delta ? 0.5 * d * d : delta * (Math.abs(d) - 0.5 * delta),
  );

const WEIGHTS = [0.5, 2, 1.25];

export const LOSS_CASES: { readonly [T in LossConfig['type']]: readonly LossCase[] } = {
  cross_entropy: [
    crossEntropy({ type: 'cross_entropy' }),
    crossEntropy({ type: 'cross_entropy', labelSmoothing: 0.1 }),
    crossEntropy({ type: 'cross_entropy', classWeights: WEIGHTS }),
    crossEntropy({ type: 'cross_entropy', labelSmoothing: 0.3, classWeights: WEIGHTS }),
  ],
  nll: [nll({ type: 'nll' }), nll({ type: 'nll', classWeights: WEIGHTS })],
  bce_with_logits: [bce(1), bce(1, 3), bce(4), bce(4, 0.25)],
  mse: differences({ type: 'mse' }, (d) => d * d),
  mae: differences({ type: 'mae' }, Math.abs),
  huber: [...huber(1), ...huber(0.4)],
};
