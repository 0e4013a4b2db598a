/** What people call things elsewhere, so that a word of another library is answered with the one that stands for it here. */
import type { Finding, Path } from '../finding.ts';
import { didYouMean } from '../near-name.ts';
import { LAYER_NAMES } from './layers.ts';

type Words = Readonly<Record<string, string>>;

const LAYER_WORDS: Words = {
  linear: 'dense',
  fully_connected: 'dense',
  fc: 'dense',
  convolution: 'conv2d',
  convolution2d: 'conv2d',
  adaptive_avg_pool2d: 'global_avg_pool',
  adaptive_max_pool2d: 'global_max_pool',
  global_average_pooling2d: 'global_avg_pool',
  swish: 'silu',
  cat: 'concat',
  concatenate: 'concat',
  residual: 'add',
  skip: 'add',
};

const FANS = 'remove it: the size of what comes in follows from the layer before';

/** Keys by the section they stand in. */
const KEYS: Readonly<Record<string, Words>> = {
  train: { lr_scheduler: 'schedule', scheduler: 'schedule', criterion: 'loss', patience: 'early_stopping' },
  dense: { out_features: 'units', neurons: 'units', size: 'units' },
  conv2d: { filters: 'out_channels', units: 'out_channels', channels: 'out_channels', kernel: 'kernel_size' },
  max_pool2d: { pool_size: 'kernel_size', size: 'kernel_size' },
  avg_pool2d: { pool_size: 'kernel_size', size: 'kernel_size' },
  dropout: { p: 'rate' },
  embedding: { input_dim: 'num_embeddings', output_dim: 'embedding_dim' },
  sgd: { learning_rate: 'lr' },
  adam: { learning_rate: 'lr', beta1: 'betas', beta_1: 'betas', beta2: 'betas', beta_2: 'betas', epsilon: 'eps' },
  adamw: { learning_rate: 'lr', beta1: 'betas', beta_1: 'betas', beta2: 'betas', beta_2: 'betas', epsilon: 'eps' },
  rmsprop: { learning_rate: 'lr', rho: 'alpha', epsilon: 'eps' },
  adagrad: { learning_rate: 'lr', epsilon: 'eps' },
  cross_entropy: { weight: 'class_weights', weights: 'class_weights' },
  nll: { weight: 'class_weights', weights: 'class_weights' },
  bce_with_logits: { pos_weight: 'positive_weight' },
  batch_norm: { epsilon: 'eps' },
  layer_norm: { epsilon: 'eps' },
  early_stopping: { monitor: 'metric', restore_best_weights: 'restore_best' },
  reduce_on_plateau: { monitor: 'metric' },
  one_cycle: { anneal_strategy: 'anneal' },
};

/** Values and names of a choice, by the section they are chosen for. */
const CHOICES: Readonly<Record<string, Words>> = {
  loss: { bce: 'bce_with_logits', l1: 'mae', categorical_crossentropy: 'cross_entropy', nll_loss: 'nll' },
  schedule: { cosine_annealing: 'cosine', plateau: 'reduce_on_plateau', reduce_lr_on_plateau: 'reduce_on_plateau' },
  engine: { onnxruntime: 'ort', onnx: 'ort', tensorflow: 'tfjs', tf: 'tfjs' },
  activation: { swish: 'silu' },
};

/** Words for a key or value that the sweep file does not have; null where only its letters can tell what was meant. */
export function explainTrain(path: Path, word: string | null, input: unknown): Omit<Finding, 'path'> | null {
  if (word === null) return null;
  // A key is the last step of its path; a value stands at the end of one.
  const isKey = input === undefined;
  const section = path[path.length - (isKey ? 2 : 1)];
  const plain = word.toLowerCase();
  const code = isKey ? 'E_SWEEP_UNKNOWN_KEY' : 'E_SWEEP_VALUE';
  const message = isKey ? 'unknown key' : `unknown value ${JSON.stringify(word)}`;
  if (isKey && /^in_(features|channels)$/.test(plain)) return { code, message, fix: FANS };
  if (isKey && typeof section === 'number' && LAYER_NAMES.includes(word)) {
    return {
      code: 'E_SWEEP_VALUE',
      message: 'stands in the entry of another layer',
      fix: `give it an entry of its own: "- ${word}"`,
    };
  }
  if (!isKey && section === 'data' && /[./\\]/.test(word)) {
    return { code, message: 'is a name, but looks like a file', fix: `write data: {file: ${word}}` };
  }
  const words = typeof section === 'number' ? LAYER_WORDS : isKey ? KEYS[section ?? ''] : null;
  const known = words?.[plain] ?? CHOICES[section ?? '']?.[plain];
  return known === undefined ? null : { code, message, fix: didYouMean(known) };
}
