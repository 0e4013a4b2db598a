/**
 * Losses of scores for classes: `torch.nn.CrossEntropyLoss`, `NLLLoss`, `BCEWithLogitsLoss`. A row's target is a line of a
 * small table, chosen by its label, so that smoothing and class weights cost nothing.
 */
import type { LossConfig } from '../../../../shared/sweep/train.ts';
import type { GraphBuilder } from '../../ir/op.ts';
import { type DType, fixedDim, tensorData, type Value } from '../../ir/types.ts';
import { elementsIn, type LossDef, meanSeed, rowsOf, type Targets } from './loss.ts';

type Config<T extends LossConfig['type']> = Extract<LossConfig, { readonly type: T }>;
type Line = readonly number[];

/** The line of `table` for each label. */
function linesOf(b: GraphBuilder, labels: Value, table: readonly Line[], dtype: DType): Value {
  const type = { dtype, shape: [table.length, table[0]!.length] };
  return b.op('Gather', [b.constant(type, tensorData(dtype, table.flat())), labels], { axis: 0 });
}

const oneHot = (classes: number): readonly Line[] =>
  Array.from({ length: classes }, (_, label) => Array.from({ length: classes }, (_, c) => Number(c === label)));

function classCount({ classes }: Targets): number {
  if (classes === null) throw new Error('a loss of classes was given numbers');
  return classes;
}

/** The target line of each class; with class weights its weight stands behind it. */
function classTable(classes: number, smoothing: number, weights: readonly number[] | undefined): readonly Line[] {
  const weightOf = (c: number): number => weights?.[c] ?? 1;
  return oneHot(classes).map((line, label) => {
    const targets = line.map((hot, c) => weightOf(c) * ((1 - smoothing) * hot + smoothing / classes));
    return weights === undefined ? targets : [...targets, weightOf(label)];
  });
}

/** A line of a table with weights, taken apart again. */
interface Weighted {
  readonly targets: Value;
  /** `[rows, 1]` */
  readonly weight: Value;
}

function weighted(b: GraphBuilder, lines: Value): Weighted {
  const width = fixedDim(lines.shape[1]);
  const part = (start: number, end: number): Value =>
    b.op('Slice', [lines], { axes: [1], starts: [start], ends: [end], steps: [1] });
  return { targets: part(0, width - 1), weight: part(width - 1, width) };
}

const sumOfLine = (b: GraphBuilder, x: Value, keepDims = false): Value =>
  b.op('ReduceSum', [x], { axes: [1], keepDims });

/** -sum(targets * logProbabilities) */
const likelihood = (b: GraphBuilder, targets: Value, logProbabilities: Value): Value =>
  b.op('Neg', [sumOfLine(b, b.op('Mul', [targets, logProbabilities]))]);

/** `seed` over the sum of the rows' weights. */
function weightedSeed(b: GraphBuilder, seed: Value, weight: Value): Value {
  return b.op('Div', [seed, b.op('ReduceSum', [weight], { axes: [0, 1], keepDims: false })]);
}

const rowWeights = (b: GraphBuilder, lines: Value): Value =>
  b.op('Reshape', [weighted(b, lines).weight], { shape: [rowsOf(lines)] });

/**
 * Softmax with cross-entropy. Its gradient is one rule, (softmax(z) sum(targets) - targets) * seed / rows, because the two
 * gradients cancel: exact where a chain of rules would divide by a probability that has underflowed, and fewer nodes.
 */
export function crossEntropy({ labelSmoothing = 0, classWeights }: Config<'cross_entropy'>): LossDef {
  const targets: LossDef['targets'] = (b, labels, of, dtype) =>
    linesOf(b, labels, classTable(classCount(of), labelSmoothing, classWeights), dtype);
  const logSoftmax = (b: GraphBuilder, scores: Value): Value => b.op('LogSoftmax', [scores], { axis: 1 });
  const softmax = (b: GraphBuilder, scores: Value): Value => b.op('Softmax', [scores], { axis: 1 });
  if (classWeights === undefined) {
    return {
      targets,
      perRow: (b, scores, lines) => likelihood(b, lines, logSoftmax(b, scores)),
      rowWeights: null,
      gradient: (b, scores, lines, seed) => {
        const scale = meanSeed(b, seed, rowsOf(scores));
        return b.op('Mul', [b.op('Sub', [softmax(b, scores), lines]), scale]);
      },
    };
  }
  return {
    targets,
    perRow: (b, scores, lines) => likelihood(b, weighted(b, lines).targets, logSoftmax(b, scores)),
    rowWeights,
    gradient: (b, scores, lines, seed) => {
      const line = weighted(b, lines);
      const pulled = b.op('Mul', [softmax(b, scores), sumOfLine(b, line.targets, true)]);
      return b.op('Mul', [b.op('Sub', [pulled, line.targets]), weightedSeed(b, seed, line.weight)]);
    },
  };
}

/** Scores are log-probabilities: the loss is minus that of the label. */
export function nll({ classWeights }: Config<'nll'>): LossDef {
  const targets: LossDef['targets'] = (b, labels, of, dtype) =>
    linesOf(b, labels, classTable(classCount(of), 0, classWeights), dtype);
  if (classWeights === undefined) {
    return {
      targets,
      perRow: (b, scores, lines) => likelihood(b, lines, scores),
      rowWeights: null,
      gradient: (b, scores, lines, seed) => b.op('Mul', [lines, meanSeed(b, seed, -rowsOf(scores))]),
    };
  }
  return {
    targets,
    perRow: (b, scores, lines) => likelihood(b, weighted(b, lines).targets, scores),
    rowWeights,
    gradient: (b, _, lines, seed) => {
      const line = weighted(b, lines);
      return b.op('Mul', [line.targets, b.op('Neg', [weightedSeed(b, seed, line.weight)])]);
    },
  };
}

/**
 * Sigmoid with binary cross-entropy, the mean over the scores of a row: one score for the second of two classes, else one
 * for each class. With y a target and p the weight of positives, the loss is
 * (1 - y) z + (1 + (p - 1) y) log(1 + exp(-z)) and its gradient (1 + (p - 1) y) sigmoid(z) - p y.
 */
export function bceWithLogits({ positiveWeight = 1 }: Config<'bce_with_logits'>): LossDef {
  /** What log(1 + exp(-z)) counts: 1 + (p - 1) y. */
  const positives = (b: GraphBuilder, y: Value): Value => {
    const added = b.op('Mul', [y, b.scalar(y.dtype, positiveWeight - 1)]);
    return b.op('Add', [added, b.scalar(y.dtype, 1)]);
  };
  return {
    targets: (b, labels, of, dtype) =>
      linesOf(b, labels, of.outputs === 1 ? [[0], [1]] : oneHot(classCount(of)), dtype),
    perRow: (b, z, y) => {
      // log(1 + exp(-z)) = max(-z, 0) + log(1 + exp(-|z|)), of which nothing overflows.
      const small = b.op('Exp', [b.op('Neg', [b.op('Abs', [z])])]);
      const logarithm = b.op('Log', [b.op('Add', [small, b.scalar(z.dtype, 1)])]);
      const softplus = b.op('Add', [b.op('Relu', [b.op('Neg', [z])]), logarithm]);
      const counted = positiveWeight === 1 ? softplus : b.op('Mul', [softplus, positives(b, y)]);
      const linear = b.op('Sub', [z, b.op('Mul', [z, y])]);
      return b.op('ReduceMean', [b.op('Add', [linear, counted])], { axes: [1], keepDims: false });
    },
    rowWeights: null,
    gradient: (b, z, y, seed) => {
      const sigmoid = b.op('Sigmoid', [z]);
      const difference =
        positiveWeight === 1
          ? b.op('Sub', [sigmoid, y])
          : b.op('Sub', [b.op('Mul', [sigmoid, positives(b, y)]), b.op('Mul', [y, b.scalar(y.dtype, positiveWeight)])]);
      return b.op('Mul', [difference, meanSeed(b, seed, elementsIn(z))]);
    },
  };
}
