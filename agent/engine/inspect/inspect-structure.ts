/** What becomes of a structure: its layers in numbers, and the training graph it compiles to. */
import { parameterCount } from '../../../shared/model/parameter-count.ts';
import { type ConvForm, formByRule } from '../compile/lower/choice.ts';
import { fixedImage } from '../compile/lower/images.ts';
import { stepsPerTrip } from '../compile/sizes.ts';
import { forwardFlops, stepFlops } from '../compile/step-flops.ts';
import { stateTensors } from '../compile/structure.ts';
import { compileTrainStep } from '../compile/train-step.ts';
import { Builder } from '../ir/graph.ts';
import type { Graph } from '../ir/op.ts';
import { printGraph } from '../ir/print.ts';
import { elementCount, tensorType } from '../ir/types.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import { buildModel, type Model, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
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
  const forms = convForms(structure, model);
  const state = stateTensors(structure);
  return {
    layers: flat(model.layers).map((layer) => ({
      name: layer.name,
      type: layer.config.type,
      outputShape: layer.outputShape,
      parameters: parameterCount(layer),
      flops: forwardFlops(layer),
      form: forms.get(layer.name) ?? null,
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

/** By the name of the layer; found in the graph, where padding and images are settled. */
function convForms(structure: Structure, model: Model): ReadonlyMap<string, ConvForm> {
  const b = new Builder(registry, 'forward');
  const parameters = new Map(
    model.parameters.map(({ name, graphShape }) => [name, b.input(name, tensorType('float32', graphShape))]),
  );
  const x = b.input('x', tensorType('float32', [structure.batchSize, ...structure.inputShape]));
  const input = { value: x, layout: 'rows', shape: structure.inputShape } as const;
  buildModel({ b, parameter: (name) => parameters.get(name)!, training: null }, model, input);
  const forms = b.nodes.flatMap((node) => {
    if (node.op !== 'Conv2d') return [];
    const [image, weight] = node.inputs;
    const { channels, height, width } = fixedImage(image!);
    const { channels: outputs } = fixedImage(node.outputs[0]!);
    const form = formByRule({ channels, outputs, size: [height, width], attrs: node.attrs });
    return [[weight!.name.replace(/\.weight$/, ''), form] as const];
  });
  return new Map(forms);
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
