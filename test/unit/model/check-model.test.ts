import { describe, expect, it } from 'vitest';
import { checkModel, type Task } from '../../../shared/model/check-model.ts';
import type { LayerConfig, LossConfig } from '../../../shared/sweep/train.ts';
import { mixedNet } from './nets.ts';

const dense = (units: number): LayerConfig => ({ type: 'dense', units });

function taskOf(layers: readonly LayerConfig[], loss: LossConfig['type'], classes: number | null): Task {
  const config: LossConfig = loss === 'huber' ? { type: loss, delta: 1 } : { type: loss };
  return { layers, loss: config, classes, inputShape: [8] };
}

function faultOf(task: Task): string | null {
  try {
    checkModel(task);
    return null;
  } catch (error) {
    const { code, layer } = error as { code: string; layer: string | null };
    return `${code} ${layer}`;
  }
}

describe('a model for its data and loss', () => {
  it.each<[string, readonly LayerConfig[], LossConfig['type'], number | null]>([
    ['cross_entropy takes one score per class', [dense(4)], 'cross_entropy', 4],
    ['nll takes log-probabilities', [dense(4), { type: 'log_softmax' }], 'nll', 4],
    ['nll - also as an activation', [{ type: 'dense', units: 4, activation: 'log_softmax' }], 'nll', 4],
    ['bce_with_logits takes one score for two classes', [dense(1)], 'bce_with_logits', 2],
    ['bce_with_logits takes one per class of more', [dense(3)], 'bce_with_logits', 3],
    ['mse of classes may end in probabilities', [dense(4), { type: 'softmax' }], 'mse', 4],
    ['numbers may have any shape', [dense(4), { type: 'relu' }], 'huber', null],
    ['numbers - also none but the input', [], 'mae', null],
  ])('%s', (_, layers, loss, classes) => {
    expect(faultOf(taskOf(layers, loss, classes))).toBeNull();
  });

  it('gives the shapes of all layers', () => {
    const task: Task = { ...taskOf(mixedNet(6), 'cross_entropy', 6), inputShape: [2, 9, 9] };
    expect(checkModel(task).at(-1)?.outputShape).toEqual([6]);
  });

  it.each<[string, readonly LayerConfig[], LossConfig['type'], number | null]>([
    ['E_MODEL_SHAPE 0', [dense(5)], 'cross_entropy', 4],
    ['E_MODEL_SHAPE null', [], 'cross_entropy', 4],
    ['E_MODEL_SHAPE 0', [dense(2)], 'bce_with_logits', 2],
    ['E_MODEL_SHAPE 0', [dense(1)], 'cross_entropy', 2],
    ['E_MODEL_SCORES 1', [dense(4), { type: 'softmax' }], 'cross_entropy', 4],
    ['E_MODEL_SCORES 1', [dense(4), { type: 'log_softmax' }, { type: 'flatten' }], 'cross_entropy', 4],
    ['E_MODEL_SCORES 1', [dense(4), { type: 'relu' }], 'cross_entropy', 4],
    ['E_MODEL_SCORES 1', [dense(1), { type: 'sigmoid' }], 'bce_with_logits', 2],
    ['E_MODEL_SCORES 0', [dense(4)], 'nll', 4],
    ['E_MODEL_SCORES 1', [dense(4), { type: 'softmax' }], 'nll', 4],
    ['E_MODEL_SCORES 1', [dense(4), { type: 'dropout', rate: 0.5 }], 'mse', 4],
    ['E_MODEL_PLACE 0', [{ type: 'softmax' }, dense(4)], 'cross_entropy', 4],
    ['E_MODEL_PLACE 0.1.0', [{ type: 'add', branches: [[], [{ type: 'softmax' }]] }, dense(4)], 'cross_entropy', 4],
    ['E_MODEL_LOSS null', [dense(1)], 'cross_entropy', null],
  ])('%s: %j for %s of %s', (fault, layers, loss, classes) => {
    expect(faultOf(taskOf(layers, loss, classes))).toBe(fault);
  });

  it('says where numbers were meant: a loss of numbers, but classes', () => {
    const fixOf = (loss: LossConfig['type'], numericClasses?: boolean, classes = 495) => {
      try {
        return checkModel({ ...taskOf([dense(1)], loss, classes), ...(numericClasses ? { numericClasses } : {}) });
      } catch (error) {
        return (error as { fix: string }).fix;
      }
    };
    expect(fixOf('cross_entropy')).toBe('end the model with `- dense: {units: 495}`');
    expect(fixOf('cross_entropy', true)).toBe(
      'end the model with `- dense: {units: 495}`, or, to predict the number itself, say predict: numbers in train.data and use the loss mse',
    );
    expect(fixOf('cross_entropy', true, 10)).toBe('end the model with `- dense: {units: 10}`');
    expect(fixOf('mse')).toBe(
      'end the model with `- dense: {units: 495}`, or add predict: numbers to train.data where numbers are to be predicted',
    );
  });

  it('E_MODEL_SHAPE - as many scores as numbers to predict, in whatever shape', () => {
    const fault = (layers: readonly LayerConfig[], targets: number) =>
      faultOf({ ...taskOf(layers, 'mse', null), targets });
    expect(fault([dense(2)], 2)).toBeNull();
    expect(fault([], 8)).toBeNull();
    expect(fault([dense(2)], 1)).toBe('E_MODEL_SHAPE 0');
    expect(fault([], 1)).toBe('E_MODEL_SHAPE null');
  });

  it('E_MODEL_LOSS - class weights are one per class, and not all zero', () => {
    const weighted = (classWeights: readonly number[]) =>
      faultOf({ ...taskOf([dense(2)], 'cross_entropy', 2), loss: { type: 'cross_entropy', classWeights } });
    expect(weighted([1, 0])).toBeNull();
    expect(weighted([1])).toBe('E_MODEL_LOSS null');
    expect(weighted([0, 0])).toBe('E_MODEL_LOSS null');
  });
});
