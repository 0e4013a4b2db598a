import { modelShapes, type ShapedLayer } from '../model/model-shapes.ts';
import { parameterCount } from '../model/parameter-count.ts';
import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { canonicalJson } from './canonical.ts';
import { combinations } from './combinations.ts';
import { axisSize, axisValue } from './distribution.ts';
import { fillReferences, referencesIn } from './references.ts';
import { readTrain } from './resolve.ts';
import type { Distribution, Parameter, SweepSpec } from './spec.ts';
import { type KnowData, knownData } from './train/known-data.ts';

/** One of the models that a sweep trains. */
export interface ModelVariant {
  /** The values that lead to it first, of the parameters that the model depends on and that vary. */
  readonly params: ParameterValues;
  readonly layers: readonly ShapedLayer[];
}

/** Values of one parameter, and combinations of all, that are looked at. */
const MOST_VALUES = 64;
const MOST_COMBINATIONS = 512;

export interface ModelVariants {
  /** In the order of the sweep's trials; none where nothing trains. */
  readonly variants: readonly ModelVariant[];
  /** False where there may be more than were looked at. */
  readonly isComplete: boolean;
}

/** The models of a valid sweep that differ in shapes or layers. */
export function modelVariants({ train, parameters }: SweepSpec, know: KnowData = knownData): ModelVariants {
  const { model, data } = train as { readonly model?: ParameterValue; readonly data?: ParameterValue };
  const shaping = new Set([model ?? null, data ?? null].flatMap((part) => referencesIn(part)).map(({ name }) => name));
  const axes = parameters.map((parameter) => ({ parameter, values: valuesOf(parameter, shaping) }));
  const varied = axes.filter(({ values }) => values.length > 1);
  const variants = new Map<string, ModelVariant>();
  let left = MOST_COMBINATIONS;
  for (const choice of combinations(axes.map(({ values }) => values.length))) {
    if (--left < 0) break;
    const params = Object.fromEntries(axes.map(({ parameter, values }, i) => [parameter.path, values[choice[i]!]!]));
    const read = readTrain(fillReferences(train, params));
    if (!('config' in read) || read.config.kind === 'noop') continue;
    const known = know(read.config.data);
    if (known === null) continue;
    const layers = modelShapes(read.config.model, known.inputShape);
    const key = canonicalJson(layers.map(structureOf));
    if (variants.has(key)) continue;
    const telling = varied.map(({ parameter: { path } }) => [path, params[path]!]);
    variants.set(key, { params: Object.fromEntries(telling), layers });
  }
  const isComplete =
    left >= 0 && varied.every(({ parameter, values }) => values.length === axisSize(parameter.distribution));
  return { variants: [...variants.values()], isComplete };
}

/** What tells layers apart whose numbers are all that differ otherwise. */
function structureOf({ config, ...layer }: ShapedLayer) {
  const activation = 'activation' in config ? config.activation : null;
  const kernel = 'kernelSize' in config ? config.kernelSize : null;
  return [config.type, activation, kernel, layer.outputShape, parameterCount({ config, ...layer })];
}

function valuesOf({ path, distribution }: Parameter, shaping: ReadonlySet<string>): readonly ParameterValue[] {
  const values = valuesAt(distribution);
  return shaping.has(path) ? values : values.slice(0, 1);
}

function valuesAt(distribution: Distribution): readonly ParameterValue[] {
  if (distribution.type === 'constant') return [distribution.value];
  if (distribution.type === 'categorical') return distribution.values.slice(0, MOST_VALUES);
  const size = axisSize(distribution);
  if (size === null) return [distribution.min, distribution.max];
  return Array.from({ length: Math.min(size, MOST_VALUES) }, (_, index) => axisValue(distribution, index));
}
