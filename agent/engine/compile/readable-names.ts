/** Names for the values of an exported model: the place of the layer and what is done there, `0.conv2d`, `0.relu`. */
import type { Builder } from '../ir/graph.ts';
import type { Graph, Node, OpName } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';
import type { AroundLayer } from '../nn/model.ts';
import { substituteInputs } from './rewrite.ts';

/** Where ops have other names than the layers people know. */
const WORDS: { readonly [N in OpName]?: string } = {
  Gemm: 'dense',
  Gather: 'embedding',
  BatchNormalization: 'batch_norm',
  LayerNormalization: 'layer_norm',
  IsNaN: 'is_nan',
};

const wordOf = (op: OpName): string => WORDS[op] ?? op.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();

/** Which layer, by its place, made each value; what no layer made is of the part named `elsewhere`. */
export class ValueOrigins {
  readonly #builder: Builder;
  readonly #places = new Map<string, string>();

  constructor(builder: Builder) {
    this.#builder = builder;
  }

  /** Everything appended by `build` that has no origin yet is of `place`. */
  of<T>(place: string, build: () => T): T {
    const from = this.#builder.nodes.length;
    const built = build();
    for (const node of this.#builder.nodes.slice(from)) {
      for (const { name } of node.outputs) if (!this.#places.has(name)) this.#places.set(name, place);
    }
    return built;
  }

  readonly aroundLayer: AroundLayer = (layer, build) => this.of(layer.name, build);

  placeOf(value: Value): string | undefined {
    return this.#places.get(value.name);
  }
}

/** The graph with names that tell where values come from; inputs, outputs and weights keep theirs. */
export function withReadableNames(graph: Graph, origins: ValueOrigins): Graph {
  const taken = new Set([...graph.inputs, ...graph.outputs, ...graph.constants.map(({ value }) => value)].map(nameOf));
  const renamed = new Map<string, Value>();
  const rename = (value: Value, wanted: string): void => {
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
    taken.add(name);
    renamed.set(value.name, { ...value, name });
  };
  const outputs = new Set(graph.outputs.map(nameOf));
  const unnamed = new Set(graph.constants.map(({ value }) => value.name).filter((name) => /^t\d+$/.test(name)));
  for (const node of graph.nodes) {
    const [first] = node.outputs as readonly [Value, ...Value[]];
    const place = origins.placeOf(first);
    if (place === undefined && !outputs.has(first.name)) continue;
    // Columns of raw rows are picked, no layer's rows are looked up.
    const isPicking = place === 'input' && node.op === 'Gather';
    const title = outputs.has(first.name) ? first.name : `${place}.${isPicking ? 'gather' : wordOf(node.op)}`;
    for (const value of node.outputs) if (!outputs.has(value.name)) rename(value, title);
    for (const value of node.inputs) {
      if (unnamed.delete(value.name)) rename(value, `${nameOf(renamed.get(first.name) ?? first)}.operand`);
    }
  }
  const named = (value: Value): Value => renamed.get(value.name) ?? value;
  return {
    ...graph,
    constants: graph.constants.map(({ value, data }) => ({ value: named(value), data })),
    nodes: graph.nodes.map(
      (node) => ({ ...substituteInputs(node, renamed), outputs: node.outputs.map(named) }) as Node,
    ),
  };
}

function nameOf({ name }: Value): string {
  return name;
}
