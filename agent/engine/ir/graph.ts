/** Builds graphs node by node; every node's type is inferred as it is appended. */
import {
  type AttrsArgument,
  type Composed,
  type Composition,
  type Constant,
  type Graph,
  type GraphBuilder,
  type Node,
  type OpAttrs,
  type OpDef,
  type OpName,
  type Registry,
  ShapeError,
} from './op.ts';
import { type DType, formatType, type TensorData, type TensorType, tensorData, type Value } from './types.ts';

/** What a graph shares with the bodies inside it: names are unique and constants kept once, in the outermost graph. */
interface Scope {
  next: number;
  readonly names: Set<string>;
  readonly constants: Constant[];
  readonly scalars: Map<string, Value>;
}

export class Builder implements GraphBuilder {
  readonly #registry: Registry;
  readonly #name: string;
  readonly #scope: Scope;
  readonly #outermost: boolean;
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #producers = new Map<string, Node>();
  readonly #outputs: Value[] = [];
  readonly #composed: Composed[] = [];
  #composing = false;

  constructor(registry: Registry, name: string, scope?: Scope) {
    this.#registry = registry;
    this.#name = name;
    this.#outermost = scope === undefined;
    this.#scope = scope ?? { next: 0, names: new Set(), constants: [], scalars: new Map() };
  }

  /** A builder for a body inside this graph; values of this graph may be used there. */
  body(name: string): Builder {
    return new Builder(this.#registry, name, this.#scope);
  }

  input(name: string, type: TensorType): Value {
    const value = this.#bind(type, name);
    this.#inputs.push(value);
    return value;
  }

  constant(type: TensorType, data: TensorData, name?: string): Value {
    const value = this.#bind(type, name);
    this.#scope.constants.push({ value, data });
    return value;
  }

  scalar(dtype: DType, value: number): Value {
    const key = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
    const known = this.#scope.scalars.get(key);
    if (known !== undefined) return known;
    const made = this.constant({ dtype, shape: [] }, tensorData(dtype, [value]));
    this.#scope.scalars.set(key, made);
    return made;
  }

  op<N extends OpName>(name: N, inputs: readonly Value[], ...attrs: AttrsArgument<N>): Value {
    return this.outputsOf(name, inputs, ...attrs)[0] as Value;
  }

  outputsOf<N extends OpName>(name: N, inputs: readonly Value[], ...attrs: AttrsArgument<N>): readonly Value[] {
    const given = (attrs[0] ?? {}) as OpAttrs[N];
    const outputs = this.#infer(name, inputs, given).map((type) => this.#bind(type));
    const node = { op: name, inputs, outputs, attrs: given } as unknown as Node;
    this.#nodes.push(node);
    for (const value of outputs) this.#producers.set(value.name, node);
    return outputs;
  }

  producerOf(value: Value): Node | undefined {
    return this.#producers.get(value.name);
  }

  /** What a composition composes of others is part of it. */
  compose<A>(composition: Composition<A>, inputs: readonly Value[], attrs: A): readonly Value[] {
    if (this.#composing) return composition.forward(this, inputs, attrs);
    const from = this.#nodes.length;
    this.#composing = true;
    const outputs = composition.forward(this, inputs, attrs);
    this.#composing = false;
    const backward: Composed['backward'] = (b, dy) => composition.backward({ b, x: inputs, y: outputs, dy, attrs });
    this.#composed.push({ from, to: this.#nodes.length, name: composition.name, inputs, outputs, backward });
    return outputs;
  }

  /**
   * Makes `value` an output called `name`, through an Identity: a graph may not hand out its own inputs, nor one value
   * under two names. The compiler's `dropIdentities` removes the needless ones.
   */
  output(name: string, value: Value): Value {
    const [type] = this.#infer('Identity', [value], {});
    const bound = this.#bind(type as TensorType, name);
    this.#nodes.push({ op: 'Identity', inputs: [value], outputs: [bound], attrs: {} });
    this.#outputs.push(bound);
    return bound;
  }

  /** Nodes appended so far, for the reverse walk. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Those of the nodes that are compositions, in their order. */
  get composed(): readonly Composed[] {
    return this.#composed;
  }

  finish(): Graph {
    const constants = this.#outermost ? [...this.#scope.constants] : [];
    return { name: this.#name, inputs: this.#inputs, constants, nodes: [...this.#nodes], outputs: this.#outputs };
  }

  #infer<N extends OpName>(name: N, inputs: readonly Value[], attrs: OpAttrs[N]): readonly TensorType[] {
    try {
      return (this.#registry[name] as OpDef<N>).infer(inputs, attrs);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const types = inputs.map((value) => `${value.name}: ${formatType(value)}`).join(', ');
      throw new ShapeError(`${name}(${types}) in ${this.#name}: ${error.message}`);
    }
  }

  #bind(type: TensorType, name?: string): Value {
    let unique = name ?? `t${this.#scope.next++}`;
    if (name === undefined) while (this.#scope.names.has(unique)) unique = `t${this.#scope.next++}`;
    if (this.#scope.names.has(unique)) throw new Error(`the name ${unique} is bound twice in ${this.#name}`);
    this.#scope.names.add(unique);
    return { name: unique, dtype: type.dtype, shape: type.shape };
  }
}
