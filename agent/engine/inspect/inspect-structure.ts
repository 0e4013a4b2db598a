/** What becomes of a structure: its layers in numbers, and the training graph it compiles to. */
import { parameterCount } from '../../../shared/model/parameter-count.ts';
import { type ConvForm, formByRule } from '../compile/lower/choice.ts';
import { stepsPerTrip } from '../compile/sizes.ts';
import { forwardFlops, stepFlops } from '../compile/step-flops.ts';
import { stateTensors } from '../compile/structure.ts';
import { compileTrainStep } from '../compile/train-step.ts';
import type { Graph } from '../ir/op.ts';
import { printGraph } from '../ir/print.ts';
import { elementCount } from '../ir/types.ts';
import { convAttrs, imageShape } from '../nn/conv2d.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import { planModel } from '../nn/model.ts';
import type { Structure } from '../port.ts';

export interface LayerReport {
  readonly name: string;
  readonly type: string;
  readonly outputShape: readonly number[];
  readonly parameters: number;
  /** Of one example, forward. */
  readonly flops: number;
  /** How a convolution is computed on a CPU where nothing was measured; null for other layers. */
  readonly form: ConvForm | null;
}

export interface StructureReport {
  readonly layers: readonly LayerReport[];
  readonly parameters: number;
  /** Parameters, running statistics and the optimizer's slots. */
  readonly stateBytes: number;
  /** Of one step on a whole batch, counted as direct work. */
  readonly stepFlops: number;
  /** Steps in one trip of the training graph's loop, and how often it has each op in a trip. */
  readonly stepsPerTrip: number;
  readonly ops: Readonly<Record<string, number>>;
  /** The graph for CPUs, as text. */
  readonly graph: string;
}

/** Throws ModelError E_MODEL_* for an impossible structure. */
export function inspectStructure(structure: Structure): StructureReport {
  const model = planModel(structure);
  const steps = stepsPerTrip(structure);
  const { graph } = compileTrainStep(structure, structure.batchSize, steps);
  const state = stateTensors(structure);
  return {
    layers: flat(model.layers).map((layer) => ({
      name: layer.name,
      type: layer.config.type,
      outputShape: layer.outputShape,
      parameters: parameterCount(layer),
      flops: forwardFlops(layer),
      form: formOfLayer(layer),
    })),
    parameters: state
      .filter(({ kind }) => kind === 'parameter')
      .reduce((sum, { shape }) => sum + elementCount(shape), 0),
    stateBytes: state.reduce((sum, { shape }) => sum + elementCount(shape) * Float32Array.BYTES_PER_ELEMENT, 0),
    stepFlops: stepFlops(structure),
    stepsPerTrip: steps,
    ops: countOps(graph),
    graph: printGraph(graph),
  };
}

const flat = (layers: readonly PlacedLayer[]): readonly PlacedLayer[] =>
  layers.flatMap((layer) => [layer, ...layer.branches.flatMap(flat)]);

function formOfLayer({ config, inputShape }: PlacedLayer): ConvForm | null {
  if (config.type !== 'conv2d') return null;
  const [channels, height, width] = imageShape(inputShape);
  const attrs = convAttrs(config, 'columns');
  return formByRule({ channels, outputs: config.outChannels, size: [height, width], attrs });
}

/** Of the bodies of loops alone: what stands outside runs once a chunk. */
function countOps(graph: Graph): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const node of graph.nodes) {
    if (node.op !== 'Loop') continue;
    for (const inner of node.attrs.body.nodes) counts[inner.op] = (counts[inner.op] ?? 0) + 1;
  }
  return counts;
}
