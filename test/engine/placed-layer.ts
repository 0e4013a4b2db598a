/** One layer in a graph of its own, in any layout, with values of its own. */

import { BY_RULE } from '../../agent/engine/compile/lower/choice.ts';
import { lowerGraph } from '../../agent/engine/compile/lower/lower.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import type { Graph } from '../../agent/engine/ir/op.ts';
import { type DType, tensorType, type Value } from '../../agent/engine/ir/types.ts';
import type { BuildContext, Layout, ParameterSpec, PlacedLayer } from '../../agent/engine/nn/layer.ts';
import { layerDef } from '../../agent/engine/nn/layers.ts';
import { inLayout, shapedAs } from '../../agent/engine/nn/layout.ts';
import { planModel } from '../../agent/engine/nn/model.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import type { LayerCase } from './layer-cases.ts';
import { type Tensor, transpose } from './reference/tensor.ts';

export const BATCH = 4;

export type Float = 'float32' | 'float64';

/** How the layer stands in its graph. */
export interface Placing {
  readonly incoming: Layout;
  readonly outgoing: Layout;
  readonly training: boolean;
}

export interface LayerSite {
  readonly layer: PlacedLayer;
  readonly parameters: readonly ParameterSpec[];
}

export function siteOf({ config, inputShape }: LayerCase, outgoing: Layout): LayerSite {
  const plan = planModel({ inputShape, classes: null, layers: [config], loss: { type: 'mse' } }, outgoing);
  const layer = settled(plan.layers[0]!, outgoing);
  return { layer, parameters: specsOf(layer) };
}

function settled(layer: PlacedLayer, layout: Layout): PlacedLayer {
  const branches = layer.branches.map((branch) => branch.map((inner) => settled(inner, layout)));
  return { ...layer, layout, branches };
}

function specsOf(layer: PlacedLayer): readonly ParameterSpec[] {
  return [...layerDef(layer.config).parameters(layer), ...layer.branches.flat().flatMap(specsOf)];
}

/** With the batch in front, off the kinks at zero. */
export function drawnInput({ inputShape, wholeBelow }: LayerCase, rows = BATCH): Tensor {
  const shape = [rows, ...inputShape];
  const key = deriveKey('layer input', ...inputShape);
  const data = Array.from({ length: shape.reduce((n, dim) => n * dim, 1) }, (_, i) => {
    const u = drawUniform(key, i);
    if (wholeBelow !== undefined) return Math.floor(u * wholeBelow);
    const value = 4 * u - 2;
    return Math.fround(value + 0.05 * Math.sign(value));
  });
  return { shape, data };
}

/** Any numbers, where PyTorch would have ones and zeros; variances are positive. */
export function drawnParameter({ name, graphShape }: ParameterSpec): Tensor {
  const key = deriveKey('layer parameter', name);
  const count = graphShape.reduce((n, dim) => n * dim, 1);
  const data = Array.from({ length: count }, (_, i) =>
    Math.fround(name.endsWith('var') ? 0.5 + drawUniform(key, i) : 2 * drawUniform(key, i) - 1),
  );
  return { shape: graphShape, data };
}

const firstAxisLast = (rank: number): readonly number[] => [...Array.from({ length: rank - 1 }, (_, i) => i + 1), 0];

export const toLayout = (x: Tensor, layout: Layout): Tensor =>
  layout === 'rows' ? x : transpose(x, firstAxisLast(x.shape.length));

/** Appends the layer; what comes out is handed on with the batch in front. */
export function buildLayer(
  b: Builder,
  { layer, parameters }: LayerSite,
  placing: Placing,
  values: readonly Value[],
): { readonly y: Value; readonly updates: ReadonlyMap<string, Value> } {
  const [x, ...rest] = values as readonly [Value, ...Value[]];
  const byName = new Map(parameters.map(({ name }, i) => [name, rest[i]!]));
  const updates = new Map<string, Value>();
  const training = {
    hyper: () => b.scalar('float32', 0.5),
    key: () => b.scalar('uint32', 1234),
    bitOps: true,
    step: () => b.scalar('uint32', 7),
    update: (name: string, value: Value) => void updates.set(name, value),
  };
  const context: BuildContext = {
    b,
    parameter: (name) => byName.get(name)!,
    training: placing.training ? training : null,
    sequence: (layers, from) =>
      layers.reduce((features, inner) => layerDef(inner.config).build(context, inner, features), from),
  };
  const input = { value: x, layout: placing.incoming, shape: layer.inputShape };
  const output = layerDef(layer.config).build(context, layer, input);
  if (output.layout !== placing.outgoing) throw new Error(`${layer.config.type} hands on ${output.layout}`);
  return { y: inLayout(b, shapedAs(b, output, layer.outputShape), 'rows').value, updates };
}

export const inputTypes = (tensors: readonly Tensor[], dtype: DType) =>
  tensors.map(({ shape }) => tensorType(dtype, shape));

export const lowered = (graph: Graph): Graph => lowerGraph(graph, BY_RULE);

export const newBuilder = (): Builder => new Builder(registry, 'layer');
