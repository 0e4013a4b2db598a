/** Whether a model fits its data and its loss. */
import type { Activation, LayerConfig, LossConfig } from '../sweep/train.ts';
import { type ExampleShape, elementsOf, shapeText } from './example-shape.ts';
import { walkLayers } from './layer-tree.ts';
import { ModelError } from './model-error.ts';
import { modelShapes, type ShapedLayer } from './model-shapes.ts';

export interface Task {
  readonly layers: readonly LayerConfig[];
  readonly inputShape: ExampleShape;
  /** Null where numbers are predicted. */
  readonly classes: number | null;
  /** Whether the classes are named by numbers, which may be what is to be predicted. */
  readonly numericClasses?: boolean;
  /** Numbers to predict for each row, where that is known. */
  readonly targets?: number;
  readonly loss: LossConfig;
}

/** Every layer with its shapes; throws ModelError E_MODEL_* where the model is impossible or could not learn. */
export function checkModel(task: Task): readonly ShapedLayer[] {
  const { layers, inputShape, loss } = task;
  checkLoss(task);
  const shapes = modelShapes(layers, inputShape);
  checkEnding(layers, loss, task.classes);
  checkSoftmaxPlaces(layers);
  checkScores(task, scoresOf(layers, shapes, inputShape));
  return shapes;
}

/** Losses that compare numbers. Who writes one of them, and has classes, most likely forgot to say so. */
const OF_NUMBERS: readonly LossConfig['type'][] = ['mse', 'mae', 'huber'];
const OR_NUMBERS = ', or add predict: numbers to train.data where numbers are to be predicted';

/** As many classes as this, all named by numbers, are likely a quantity. */
const MANY_CLASSES = 30;
const THE_NUMBER_ITSELF = ', or, to predict the number itself, say predict: numbers in train.data and use the loss mse';

/** Where a quantity was perhaps taken for classes: how to say so. */
function elseNumbers({ classes, numericClasses = false, loss }: Omit<Task, 'inputShape' | 'layers'>): string {
  if (classes === null) return '';
  if (OF_NUMBERS.includes(loss.type)) return OR_NUMBERS;
  return numericClasses && classes >= MANY_CLASSES ? THE_NUMBER_ITSELF : '';
}

/** Scores that the loss compares with the labels of that many classes. */
export function scoreCount(loss: LossConfig, classes: number): number {
  return loss.type === 'bce_with_logits' && classes === 2 ? 1 : classes;
}

/** Throws ModelError E_MODEL_SHAPE where the scores are not those of the classes, or not as many as the numbers. */
export function checkScores(task: Omit<Task, 'inputShape'>, scores: ExampleShape): void {
  const { layers, classes, targets, loss } = task;
  const wanted = classes === null ? targets : scoreCount(loss, classes);
  const fits = classes === null ? elementsOf(scores) === wanted : scores.length === 1 && scores[0] === wanted;
  if (wanted === undefined || fits) return;
  const index = layers.length - 1;
  const what = index < 0 ? 'the model has no layers' : `layer ${index} (${layers[index]?.type}) is the last`;
  const needs = wanted === classes || classes === null ? '' : `, for which ${loss.type} takes one score`;
  const labels =
    classes === null
      ? `${wanted} ${wanted === 1 ? 'number' : 'numbers'} to predict for each row`
      : `${classes} classes`;
  throw new ModelError(
    'E_MODEL_SHAPE',
    index < 0 ? null : String(index),
    `${what} and gives scores of shape ${shapeText(scores)}, but the data has ${labels}${needs}: [${wanted}]`,
    `end the model with \`- dense: {units: ${wanted}}\`${elseNumbers(task)}`,
  );
}

function scoresOf(layers: readonly LayerConfig[], shapes: readonly ShapedLayer[], inputShape: ExampleShape) {
  const last = String(layers.length - 1);
  return shapes.find(({ name }) => name === last)?.outputShape ?? inputShape;
}

/** A loss of classes needs classes, and one weight for each. */
function checkLoss({ loss, classes }: Task): void {
  const refuse = (message: string, fix: string) => new ModelError('E_MODEL_LOSS', null, message, fix);
  if (classes === null) {
    if (OF_NUMBERS.includes(loss.type)) return;
    throw refuse(`the loss ${loss.type} needs classes, but the data has numbers`, 'use mse, mae or huber');
  }
  if (!('classWeights' in loss) || loss.classWeights === undefined) return;
  if (loss.classWeights.length !== classes) {
    const message = `the loss ${loss.type} has ${loss.classWeights.length} class weights, but the data has ${classes} classes`;
    throw refuse(message, `give ${classes} class_weights`);
  }
  if (loss.classWeights.some((weight) => weight > 0)) return;
  throw refuse(`the loss ${loss.type} has no class weight above 0`, 'give at least one class a positive weight');
}

const SOFTMAXES: readonly string[] = ['softmax', 'log_softmax'];

/** The activations that scores may end in, by loss; a loss that is not listed takes what it is given. */
const ENDINGS: { readonly [T in LossConfig['type']]?: readonly (Activation | null)[] } = {
  cross_entropy: [null],
  bce_with_logits: [null],
  nll: ['log_softmax'],
};

function checkEnding(layers: readonly LayerConfig[], loss: LossConfig, classes: number | null): void {
  const index = layers.findLastIndex(({ type }) => type !== 'flatten');
  const last = layers[index];
  if (last === undefined) return;
  const refuse = (message: string, fix: string) =>
    new ModelError('E_MODEL_SCORES', String(index), `layer ${index} (${last.type}) ${message}`, fix);
  if (last.type === 'dropout') {
    throw refuse('is the last and would drop scores at random', 'put it before the layer that gives the scores');
  }
  const allowed = classes === null ? undefined : ENDINGS[loss.type];
  const ending = activationOf(last);
  const ends = ending === last.type ? 'is the last' : `ends in ${ending}`;
  if (allowed === undefined || allowed.includes(ending)) return;
  if (ending === null) {
    throw refuse('is the last, but nll takes log-probabilities', 'add `- log_softmax`, or use the loss cross_entropy');
  }
  if (loss.type === 'nll') {
    throw refuse(`${ends}, but nll takes log-probabilities`, 'use log_softmax in its place');
  }
  const own = loss.type === 'cross_entropy' ? 'softmax' : 'sigmoid';
  if (ending === own || SOFTMAXES.includes(ending)) {
    const fix = 'remove it; the exported model has probabilities as a second output';
    throw refuse(`${ends}, but the loss ${loss.type} applies ${own} itself`, fix);
  }
  throw refuse(`gives the scores of the classes and cannot end in ${ending}`, `remove the ${ending}`);
}

/** Probabilities are what a model ends with; elsewhere they squeeze all that a layer has to say into a sum of 1. */
function checkSoftmaxPlaces(layers: readonly LayerConfig[]): void {
  const last = String(layers.findLastIndex(({ type }) => type !== 'flatten'));
  for (const { config, name } of walkLayers(layers)) {
    const activation = activationOf(config);
    if (activation === null || !SOFTMAXES.includes(activation) || name === last) continue;
    const message = `layer ${name} (${config.type}) applies ${activation} before the last layer`;
    throw new ModelError('E_MODEL_PLACE', name, message, 'use it at the end only, or another activation such as relu');
  }
}

/** What a layer applies last, null where that is no activation. */
function activationOf(config: LayerConfig): Activation | null {
  switch (config.type) {
    case 'dense':
    case 'conv2d':
      return config.activation ?? null;
    case 'relu':
    case 'leaky_relu':
    case 'elu':
    case 'gelu':
    case 'silu':
    case 'sigmoid':
    case 'tanh':
    case 'softplus':
    case 'softmax':
    case 'log_softmax':
      return config.type;
    default:
      return null;
  }
}
