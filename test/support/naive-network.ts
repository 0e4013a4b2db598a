/** A dense network forward, row by row in doubles, written from its definition: what an engine is compared with. */
import type { Examples, ParameterTensor, Preprocessing } from '../../agent/engine/port.ts';
import type { LayerConfig } from '../../shared/sweep/train.ts';

/** The activations this network knows. */
const ACTIVATIONS: Readonly<Partial<Record<LayerConfig['type'], (x: number) => number>>> = {
  relu: (x) => Math.max(x, 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

function activation(name: LayerConfig['type']): (x: number) => number {
  const rule = ACTIVATIONS[name];
  if (rule === undefined) throw new Error(`the naive network has no ${name}`);
  return rule;
}

function dense(x: readonly number[], weight: ParameterTensor, bias: ParameterTensor | undefined): number[] {
  return Array.from({ length: weight.shape[0]! }, (_, unit) =>
    x.reduce((sum, value, i) => sum + value * weight.values[unit * x.length + i]!, bias?.values[unit] ?? 0),
  );
}

/** Class scores of one row. */
function scoresOf(
  x: readonly number[],
  layers: readonly LayerConfig[],
  parameters: ReadonlyMap<string, ParameterTensor>,
): readonly number[] {
  return layers.reduce<readonly number[]>((features, layer, index) => {
    if (layer.type === 'flatten' || layer.type === 'dropout') return features;
    if (layer.type !== 'dense') return features.map(activation(layer.type));
    const sums = dense(features, parameters.get(`${index}.weight`)!, parameters.get(`${index}.bias`));
    return layer.activation === undefined ? sums : sums.map(activation(layer.activation));
  }, x);
}

/** What the first layer is given of one raw row. */
export function naiveFeatures(raw: readonly number[], preprocessing: Preprocessing): readonly number[] {
  if ('columns' in preprocessing) {
    return preprocessing.columns.flatMap((encoding) => {
      const cell = raw[encoding.column]!;
      const value = Number.isNaN(cell) && encoding.fill !== null ? encoding.fill : cell;
      if (encoding.type === 'number') return [(value - encoding.shift) * encoding.scale];
      const features = new Array<number>(encoding.categories).fill(0);
      if (value in features) features[value] = 1;
      return features;
    });
  }
  const { shift, scale } = preprocessing;
  const at = (numbers: number | readonly number[], i: number): number =>
    typeof numbers === 'number' ? numbers : numbers[Math.floor((i * numbers.length) / raw.length)]!;
  return raw.map((value, i) => (value - at(shift, i)) * at(scale, i));
}

export interface NaiveResult {
  readonly logits: readonly (readonly number[])[];
  readonly loss: number;
  readonly accuracy: number;
}

/** Logits, mean cross-entropy and accuracy over all rows. */
export function naiveNetwork(
  examples: Examples,
  layers: readonly LayerConfig[],
  parameters: readonly ParameterTensor[],
  preprocessing: Preprocessing,
): NaiveResult {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const width = examples.features.length / examples.rows;
  const logits = Array.from({ length: examples.rows }, (_, row) => {
    const raw = Array.from(examples.features.subarray(row * width, (row + 1) * width));
    return scoresOf(naiveFeatures(raw, preprocessing), layers, byName);
  });
  let loss = 0;
  let right = 0;
  for (const [row, scores] of logits.entries()) {
    const label = examples.labels[row]!;
    const largest = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    loss += Math.log(total) + largest - scores[label]!;
    if (scores.indexOf(largest) === label) right++;
  }
  return { logits, loss: loss / examples.rows, accuracy: right / examples.rows };
}
