/** `torch.nn.Embedding`: a trained row for each whole number, features `[n]` to `[n, embeddingDim]`. */
import type { EmbeddingConfig } from '../../../shared/sweep/train.ts';
import type { LayerDef } from './layer.ts';
import { inLayout } from './layout.ts';

/**
 * Numbers outside the table are an error of onnxruntime when the graph runs. The gradient adds row by row, in the order
 * of the batch.
 */
export const embedding: LayerDef<EmbeddingConfig> = {
  settles: null,

  parameters: ({ config, name }) => {
    const shape = [config.numEmbeddings, config.embeddingDim];
    return [{ name: `${name}.weight`, shape, graphShape: shape, initial: { kind: 'normal', sd: 1 }, trainable: true }];
  },

  hyper: () => ({}),
  keys: () => [],

  build: ({ b, parameter }, { name, outputShape, layout }, input) => {
    const rows = inLayout(b, input, 'rows');
    const indices = b.op('Cast', [rows.value], { to: 'int32' });
    const value = b.op('Gather', [parameter(`${name}.weight`), indices], { axis: 0 });
    return inLayout(b, { value, layout: 'rows', shape: outputShape }, layout);
  },
};
