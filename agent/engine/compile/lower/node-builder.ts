/** Appends the nodes that a lowering puts in the place of one node; constants are kept once for the whole graph. */
import type { AttrsArgument, Constant, Node, OpAttrs, OpDef, OpName } from '../../ir/op.ts';
import { type DType, type TensorData, type TensorType, tensorData, type Value } from '../../ir/types.ts';
import { registry } from '../../ops/registry.ts';

/** What a graph and its bodies share while they are lowered. */
export class LoweringScope {
  readonly constants: Constant[] = [];
  readonly #known = new Map<string, Value>();
  readonly #positions = new Map<string, Int32Array>();
  readonly #indices = new WeakMap<Int32Array, Value>();
  readonly #prefix: string;
  #next = 0;

  /** Each stage has a prefix of its own, so that no two give the same name. */
  constructor(prefix = 'n') {
    this.#prefix = prefix;
  }

  name(): string {
    return `${this.#prefix}${this.#next++}`;
  }

  /** The same array for the same key, so that every step of a loop's body shares it. */
  positions(key: string, make: () => Int32Array): Int32Array {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#positions.set(key, made);
    return made;
  }

  /** Indices for a Gather. */
  index(entries: Int32Array): Value {
    const known = this.#indices.get(entries);
    if (known !== undefined) return known;
    const type: TensorType = { dtype: 'int32', shape: [entries.length] };
    const made = this.constant(`index ${hash(entries)}`, type, () => entries);
    this.#indices.set(entries, made);
    return made;
  }

  /** `key` says what the constant holds; `data` is asked for once. */
  constant(key: string, type: TensorType, data: () => TensorData): Value {
    const full = `${type.dtype} ${type.shape.join(',')} ${key}`;
    const known = this.#known.get(full);
    if (known !== undefined) return known;
    const value = { ...type, name: this.name() };
    this.constants.push({ value, data: data() });
    this.#known.set(full, value);
    return value;
  }
}

/** Two 32-bit words of FNV-1a, over the entries and backwards. */
function hash(entries: Int32Array): string {
  let [forward, backward] = [0x811c9dc5, 0x811c9dc5];
  for (let i = 0, last = entries.length - 1; i <= last; i++) {
    forward = Math.imul(forward ^ entries[i]!, 0x01000193);
    backward = Math.imul(backward ^ entries[last - i]!, 0x01000193);
  }
  return `${forward} ${backward}`;
}

export class NodeBuilder {
  readonly scope: LoweringScope;
  #nodes: Node[] = [];

  constructor(scope: LoweringScope) {
    this.scope = scope;
  }

  op<N extends OpName>(name: N, inputs: readonly Value[], ...attrs: AttrsArgument<N>): Value {
    return this.outputsOf(name, inputs, ...attrs)[0]!;
  }

  outputsOf<N extends OpName>(name: N, inputs: readonly Value[], ...attrs: AttrsArgument<N>): readonly Value[] {
    const given = (attrs[0] ?? {}) as OpAttrs[N];
    const types = (registry[name] as OpDef<N>).infer(inputs, given);
    const outputs = types.map((type) => ({ ...type, name: this.scope.name() }));
    this.#nodes.push({ op: name, inputs, outputs, attrs: given } as unknown as Node);
    return outputs;
  }

  reshape(value: Value, shape: readonly number[]): Value {
    const same = value.shape.length === shape.length && shape.every((dim, axis) => dim === value.shape[axis]);
    return same ? value : this.op('Reshape', [value], { shape });
  }

  scalar(dtype: DType, value: number): Value {
    return this.scope.constant(String(value), { dtype, shape: [] }, () => tensorData(dtype, [value]));
  }

  /** All elements the same. */
  filled(dtype: DType, shape: readonly number[], value: number): Value {
    const count = shape.reduce((product, dim) => product * dim, 1);
    return this.scope.constant(`all ${value}`, { dtype, shape }, () =>
      tensorData(dtype, new Array<number>(count).fill(value)),
    );
  }

  /** The nodes appended since the last call. */
  taken(): readonly Node[] {
    const nodes = this.#nodes;
    this.#nodes = [];
    return nodes;
  }
}
