/** Layers as the sweep file writes them, and as the engine takes them. */
import { z } from 'zod';
import { SWEEP_LIMITS } from '../limits.ts';
import { section } from '../shape.ts';
import type { Activation, LayerConfig } from '../train.ts';
import { asPair, convPadding, paddingPair, positiveInteger, present, sizePair } from './values.ts';

const ACTIVATIONS = [
  'relu',
  'leaky_relu',
  'elu',
  'gelu',
  'silu',
  'sigmoid',
  'tanh',
  'softplus',
  'softmax',
  'log_softmax',
] as const satisfies readonly Activation[];

/** Layers that need no settings and may be written as a word alone. */
const plainWord = z.enum(['flatten', 'batch_norm', 'layer_norm', 'global_avg_pool', 'global_max_pool', ...ACTIVATIONS]);

const activation = z.enum(ACTIVATIONS).optional().describe('Applied to what the layer gives.');
const weights = {
  bias: z.boolean().optional().describe('Default true.'),
  init: z
    .enum(['default', 'xavier_uniform', 'xavier_normal', 'he_uniform', 'he_normal'])
    .optional()
    .describe("How weights start; default is PyTorch's for the layer."),
};
const norm = {
  eps: z.number().gt(0).optional().describe('Default 1e-5.'),
  affine: z.boolean().optional().describe('Learns a scale and a shift. Default true.'),
};
const pool = { kernel_size: sizePair, stride: sizePair.optional(), padding: paddingPair.optional() };

const LAYERS = {
  dense: section({ units: positiveInteger(SWEEP_LIMITS.units), activation, ...weights }),
  conv2d: section({
    out_channels: positiveInteger(SWEEP_LIMITS.units),
    kernel_size: sizePair,
    stride: sizePair.optional(),
    padding: convPadding.optional().describe('Numbers, valid (0) or, with a stride of 1, same. Default 0.'),
    dilation: sizePair.optional(),
    groups: positiveInteger(SWEEP_LIMITS.units).optional(),
    activation,
    ...weights,
  }),
  max_pool2d: section(pool),
  avg_pool2d: section({ ...pool, count_include_pad: z.boolean().optional() }),
  batch_norm: section({ ...norm, momentum: z.number().min(0).max(1).optional().describe('Default 0.1.') }),
  layer_norm: section(norm),
  dropout: section({ rate: z.number().min(0).lt(1) }),
  embedding: section({
    num_embeddings: positiveInteger(SWEEP_LIMITS.embeddings),
    embedding_dim: positiveInteger(SWEEP_LIMITS.units),
  }),
  leaky_relu: section({ negative_slope: z.number().min(0).optional().describe('Default 0.01.') }),
  elu: section({ alpha: z.number().gt(0).optional().describe('Default 1.') }),
  gelu: section({ approximate: z.enum(['none', 'tanh']).optional() }),
};

const plainLayer = z.union([
  plainWord,
  section({ dense: LAYERS.dense }),
  section({ conv2d: LAYERS.conv2d }),
  section({ max_pool2d: LAYERS.max_pool2d }),
  section({ avg_pool2d: LAYERS.avg_pool2d }),
  section({ batch_norm: LAYERS.batch_norm }),
  section({ layer_norm: LAYERS.layer_norm }),
  section({ dropout: LAYERS.dropout }),
  section({ embedding: LAYERS.embedding }),
  section({ leaky_relu: LAYERS.leaky_relu }),
  section({ elu: LAYERS.elu }),
  section({ gelu: LAYERS.gelu }),
]);

type PlainLayer = z.output<typeof plainLayer>;
type WrittenBranches = readonly (readonly WrittenLayer[])[];
export type WrittenLayer = PlainLayer | { readonly add: WrittenBranches } | { readonly concat: WrittenBranches };

const branchLayers = [
  section({
    get add(): z.ZodType<WrittenBranches> {
      return branches;
    },
  }),
  section({
    get concat(): z.ZodType<WrittenBranches> {
      return branches;
    },
  }),
] as const;

/** A layer; its id names it in the JSON Schema, where layers hold layers. */
export const layer: z.ZodType<WrittenLayer> = z
  .union([...plainLayer.def.options, ...branchLayers])
  .meta({ id: 'layer', description: 'One layer of the model.' });

const branches: z.ZodType<WrittenBranches> = z
  .array(z.array(layer).max(SWEEP_LIMITS.layers))
  .min(2)
  .max(SWEEP_LIMITS.layers)
  .describe('Lists of layers side by side; an empty list hands its input on.');

/** Every word that begins a layer. */
export const LAYER_NAMES: readonly string[] = [...plainWord.options, ...Object.keys(LAYERS), 'add', 'concat'];

/** Fills in PyTorch's defaults. */
export function layerConfig(written: WrittenLayer): LayerConfig {
  if (typeof written === 'string') return wordConfig(written);
  if ('add' in written) return { type: 'add', branches: written.add.map((branch) => branch.map(layerConfig)) };
  if ('concat' in written) return { type: 'concat', branches: written.concat.map((branch) => branch.map(layerConfig)) };
  if ('dense' in written) {
    const { units, ...options } = written.dense;
    return { type: 'dense', units, ...present(options) };
  }
  if ('conv2d' in written) return convConfig(written.conv2d);
  if ('max_pool2d' in written) return { type: 'max_pool2d', ...poolConfig(written.max_pool2d) };
  if ('avg_pool2d' in written) {
    const { count_include_pad: countIncludePad = true, ...sizes } = written.avg_pool2d;
    return { type: 'avg_pool2d', ...poolConfig(sizes), countIncludePad };
  }
  if ('batch_norm' in written) {
    return { type: 'batch_norm', ...normConfig(written.batch_norm), momentum: written.batch_norm.momentum ?? 0.1 };
  }
  if ('layer_norm' in written) return { type: 'layer_norm', ...normConfig(written.layer_norm) };
  if ('dropout' in written) return { type: 'dropout', rate: written.dropout.rate };
  if ('embedding' in written) {
    const { num_embeddings: numEmbeddings, embedding_dim: embeddingDim } = written.embedding;
    return { type: 'embedding', numEmbeddings, embeddingDim };
  }
  if ('leaky_relu' in written) return { type: 'leaky_relu', negativeSlope: written.leaky_relu.negative_slope ?? 0.01 };
  if ('elu' in written) return { type: 'elu', alpha: written.elu.alpha ?? 1 };
  return { type: 'gelu', approximate: written.gelu.approximate ?? 'none' };
}

function wordConfig(word: z.output<typeof plainWord>): LayerConfig {
  switch (word) {
    case 'batch_norm':
      return layerConfig({ batch_norm: {} });
    case 'layer_norm':
      return layerConfig({ layer_norm: {} });
    case 'leaky_relu':
      return layerConfig({ leaky_relu: {} });
    case 'elu':
      return layerConfig({ elu: {} });
    case 'gelu':
      return layerConfig({ gelu: {} });
    default:
      return { type: word };
  }
}

function convConfig(written: z.output<typeof LAYERS.conv2d>): LayerConfig {
  const { out_channels: outChannels, kernel_size: kernelSize, stride, padding, dilation, groups, ...rest } = written;
  return {
    type: 'conv2d',
    outChannels,
    kernelSize: asPair(kernelSize),
    stride: asPair(stride ?? 1),
    padding: padding === 'same' ? 'same' : asPair(padding === 'valid' ? 0 : (padding ?? 0)),
    dilation: asPair(dilation ?? 1),
    groups: groups ?? 1,
    ...present(rest),
  };
}

/** A pool's stride is its kernel where none is written. */
function poolConfig({ kernel_size: kernelSize, stride, padding }: z.output<typeof LAYERS.max_pool2d>) {
  return { kernelSize: asPair(kernelSize), stride: asPair(stride ?? kernelSize), padding: asPair(padding ?? 0) };
}

function normConfig({ eps = 1e-5, affine = true }: z.output<typeof LAYERS.layer_norm>) {
  return { eps, affine };
}
