/** Lowers the abstract ops of one graph that are in columns, each convolution in the form chosen for it. */
import type { Graph, Node, NodeOf, OpName } from '../../ir/op.ts';
import { elementCount, fixedDim, type Value } from '../../ir/types.ts';
import { type ConvForm, formOf, type Lowering } from './choice.ts';
import { type Conv, convOf, convolved, inputGradientFlipped, inputGradientGathered, weightGradient } from './im2col.ts';
import { fixedImage, Images, type Part, type Parts, type Positions } from './images.ts';
import { convolvedByRows, inputGradientByRows, weightGradientByRows } from './nchw.ts';
import type { NodeBuilder } from './node-builder.ts';
import { avgPooled, avgPoolGradient, maxPooled, maxPoolGradient, tapsOf } from './pool.ts';
import { pooledConvolved, pooledTogether, pooledWeightGradient } from './pooled.ts';
import { shiftedConvolved, shiftedWeightGradient } from './shifted.ts';
import { allPositions, isTiling, kernelCount, outputCount, type Windows, windowsKey } from './windows.ts';
import { phasePositions, winogradConvolved, winogradInputGradient, winogradWeightGradient } from './winograd.ts';
import { winograd4Convolved, winograd4InputGradient, winograd4WeightGradient } from './winograd4.ts';

type ConvNode = NodeOf<'Conv2d' | 'Conv2dInputGrad' | 'Conv2dWeightGrad'>;

export class ColumnsLowering {
  readonly #b: NodeBuilder;
  readonly #images: Images;
  readonly #lowering: Lowering;
  readonly #readers = new Map<string, Node[]>();
  /** Pools whose windows a convolution was computed for, by what goes in and how much comes out. */
  readonly #pooled = new Map<string, Windows>();

  constructor(b: NodeBuilder, graph: Graph, lowering: Lowering) {
    this.#b = b;
    this.#images = new Images(b);
    this.#lowering = lowering;
    for (const node of graph.nodes) {
      for (const { name } of node.inputs) {
        const known = this.#readers.get(name);
        if (known === undefined) this.#readers.set(name, [node]);
        else known.push(node);
      }
    }
  }

  /** A value as nodes that know nothing of parts take it. */
  whole(value: Value): Value {
    return this.#images.partsOf(value) === undefined ? value : this.#images.whole(value);
  }

  conv2d(node: NodeOf<'Conv2d'>): Value | undefined {
    const [x, w, bias] = node.inputs as [Value, Value, Value?];
    const [y] = node.outputs as [Value];
    const form = this.#form(node, x, y);
    if (form.forward === 'nchw') {
      return convolvedByRows(this.#b, { ...node, inputs: [this.#images.whole(x), ...node.inputs.slice(1)] });
    }
    const conv = convOf(node, x, y);
    const inputs = bias === undefined ? [x, w] : [x, w, bias];
    if (form.forward === 'shifted') return this.#shaped(shiftedConvolved(this.#images, conv, inputs), y);
    if (form.forward === 'winograd') return this.#made(y, winogradConvolved(this.#images, conv, inputs));
    if (form.forward === 'winograd4') {
      return this.#made(y, winograd4Convolved(this.#images, conv, inputs, this.#wanted(y, 0)));
    }
    const pool = this.#onlyPool(y);
    if (pool !== null && bias === undefined && pooledTogether(conv, pool, fixedImage(y))) {
      this.#pooled.set(pooledKey(x, y, conv), pool);
      return this.#made(y, pooledConvolved(this.#images, conv, inputs, pool));
    }
    const wanted = this.#wanted(y, columnBytesOf(conv, x));
    const parts = wanted.map((positions) => ({
      ...positions,
      value: convolved(this.#images, conv, inputs, positions),
    }));
    return this.#made(y, parts);
  }

  inputGradient(node: NodeOf<'Conv2dInputGrad'>): Value | undefined {
    const [dy, w] = node.inputs as [Value, Value];
    const [dx] = node.outputs as [Value];
    const form = this.#form(node, dx, dy);
    const conv = convOf(node, dx, dy);
    switch (form.inputGrad) {
      case 'flipped':
        return this.#shaped(inputGradientFlipped(this.#images, conv, dy, w), dx);
      case 'gather':
        return this.#shaped(inputGradientGathered(this.#images, conv, dy, w), dx);
      case 'transposed':
        return inputGradientByRows(this.#b, this.#images.whole(dy), w, node.attrs);
      case 'winograd':
        return this.#made(dx, winogradInputGradient(this.#images, conv, dy, w));
      case 'winograd4':
        return this.#shaped(winograd4InputGradient(this.#images, conv, dy, w), dx);
      default:
        return form.inputGrad satisfies never;
    }
  }

  weightGradient(node: NodeOf<'Conv2dWeightGrad'>): Value {
    const [x, dy] = node.inputs as [Value, Value];
    const form = this.#form(node, x, dy);
    if (form.forward === 'nchw') {
      return weightGradientByRows(this.#b, this.#images.whole(x), this.#images.whole(dy), node.attrs);
    }
    const conv = convOf(node, x, dy);
    if (form.forward === 'winograd') return winogradWeightGradient(this.#images, conv, x, dy);
    if (form.forward === 'winograd4') return winograd4WeightGradient(this.#images, conv, x, dy);
    if (form.forward === 'shifted') return shiftedWeightGradient(this.#images, conv, x, dy);
    const pool = this.#pooled.get(pooledKey(x, dy, conv));
    const elements = this.#images.partsOf(dy);
    if (pool !== undefined && elements !== undefined && areTaps(this.#b, pool, elements)) {
      return pooledWeightGradient(this.#images, conv, x, elements, pool);
    }
    const chunks = chunksOf(this.#b, fixedImage(dy).positions, columnBytesOf(conv, x));
    const parts = this.#images.partsToSum(dy) ?? this.#images.inParts(dy, chunks);
    return weightGradient(this.#images, conv, x, parts);
  }

  biasGradient({ inputs: [dy] }: NodeOf<'Conv2dBiasGrad'>): Value {
    const parts = this.#images.partsToSum(dy!) ?? [{ value: this.#images.flat(dy!) }];
    const sums = parts.map(({ value }) => {
      const [channels, positions, batch] = value.shape.map(fixedDim) as [number, number, number];
      const flat = this.#b.reshape(value, [channels, positions * batch]);
      return this.#b.op('ReduceSum', [flat], { axes: [1], keepDims: true });
    });
    return sums.reduce((total, sum) => this.#b.op('Add', [total, sum]));
  }

  maxPool(node: NodeOf<'MaxPool2d'>): Value {
    return maxPooled(this.#images, node, windowsOf(node, node.inputs[0]!, node.outputs[0]!));
  }

  maxPoolGradient(node: NodeOf<'MaxPool2dGrad'>): Value | undefined {
    const windows = windowsOf(node, node.inputs[0]!, node.inputs[1]!);
    return this.#made(node.outputs[0]!, maxPoolGradient(this.#images, node, windows));
  }

  avgPool(node: NodeOf<'AvgPool2d'>): Value {
    return avgPooled(this.#images, node, windowsOf(node, node.inputs[0]!, node.outputs[0]!));
  }

  avgPoolGradient(node: NodeOf<'AvgPool2dGrad'>): Value | undefined {
    const windows = windowsOf(node, node.outputs[0]!, node.inputs[0]!);
    return this.#made(node.outputs[0]!, avgPoolGradient(this.#images, node, windows));
  }

  /** What works element by element works on parts; null for what does not, or where no input is in parts. */
  elementwise(node: Node): Value | undefined | null {
    const parted = node.inputs.map((value) => this.#images.partsOf(value));
    const like = parted.find((parts) => parts !== undefined);
    if (like === undefined || !takesParts(node)) return null;
    const fits = node.inputs.every((value, at) => {
      const parts = parted[at];
      if (parts === undefined) return !hasPositions(value);
      return parts.length === like.length && parts.every(({ label }, i) => label === like[i]!.label);
    });
    if (!fits) return null;
    const parts = like.map(({ label, at }, i) => {
      const inputs = node.inputs.map((value, nth) => parted[nth]?.[i]?.value ?? this.#withoutPositions(value));
      return { label, at, value: this.#b.op(node.op as 'Add', inputs, ...([node.attrs] as unknown as [])) };
    });
    return this.#made(node.outputs[0]!, parts);
  }

  /** One value for each channel, or for all, beside `[channels, positions, batch]`. */
  #withoutPositions(value: Value): Value {
    return value.shape.length === 4 ? this.#b.reshape(value, [fixedDim(value.shape[0]), 1, 1]) : value;
  }

  #form({ attrs }: ConvNode, input: Value, output: Value): ConvForm {
    const { channels, height, width } = fixedImage(input);
    return formOf(this.#lowering, { channels, outputs: fixedImage(output).channels, size: [height, width], attrs });
  }

  /**
   * In which parts to compute an image: those that a pool compares, where a pool is all that reads it, else as many as
   * keep the columns of each within bounds.
   */
  #wanted(y: Value, columnBytes: number): readonly Positions[] {
    const pool = this.#onlyPool(y);
    if (pool !== null) return tapsOf(this.#b, pool);
    if (this.#goesToWinograd(y)) return phasePositions(this.#b, y);
    return chunksOf(this.#b, fixedImage(y).positions, columnBytes);
  }

  /** Whether a convolution by Winograd reads it next, at most behind an activation, and everything else takes parts. */
  #goesToWinograd(y: Value): boolean {
    const { height, width } = fixedImage(y);
    if (height % 2 !== 0 || width % 2 !== 0) return false;
    const readers = this.#readers.get(y.name) ?? [];
    return (
      readers.every(takesParts) &&
      readers.some((node) => {
        if (node.op === 'Conv2d') return this.#form(node, node.inputs[0]!, node.outputs[0]!).forward === 'winograd';
        return ELEMENTWISE.has(node.op) && this.#goesToWinograd(node.outputs[0]!);
      })
    );
  }

  #onlyPool(y: Value): Windows | null {
    const { height, width } = fixedImage(y);
    const pools = (this.#readers.get(y.name) ?? []).map((node): Windows | null => {
      if (node.op !== 'MaxPool2d' && node.op !== 'MaxPool2dGrad' && node.op !== 'AvgPool2d') return null;
      if (node.inputs[0]!.name !== y.name || !isTiling(node)) return null;
      const output = fixedImage(node.op === 'MaxPool2dGrad' ? node.inputs[1]! : node.outputs[0]!);
      return { attrs: node.attrs, size: [height, width], output: [output.height, output.width] };
    });
    const [first] = pools;
    if (first === undefined || first === null) return null;
    return pools.every((pool) => pool !== null && windowsKey(pool) === windowsKey(first)) ? first : null;
  }

  #made(value: Value, made: Parts | Value): Value | undefined {
    if (!Array.isArray(made)) return this.#shaped(made as Value, value);
    const [only] = made as readonly Part[];
    if (made.length === 1 && only!.label === 'all') return this.#shaped(only!.value, value);
    this.#images.setParts(value, made);
    const readers = this.#readers.get(value.name) ?? [];
    // Whole once for all where one reader needs it whole.
    if (!readers.every(takesParts)) {
      const whole = this.#images.whole(value);
      this.#images.setParts(value, undefined);
      return whole;
    }
    return undefined;
  }

  #shaped(flat: Value, like: Value): Value {
    if (elementCount(flat.shape) !== elementCount(like.shape)) throw new Error(`${like.name} has lost elements`);
    const { channels, height, width, batch } = fixedImage(like);
    return this.#b.reshape(flat, [channels, height, width, batch]);
  }
}

const pooledKey = (x: Value, y: Value, { windows, group }: Conv): string =>
  `${x.name} to ${y.shape.join('x')} ${windowsKey(windows)} ${group}`;

/** Whether the parts are the elements of a pool's windows, one by one. */
function areTaps(b: NodeBuilder, pool: Windows, parts: Parts): boolean {
  const taps = tapsOf(b, pool);
  return taps.length === parts.length && taps.every(({ label }, tap) => label === parts[tap]!.label);
}

/** Of all positions of the output together. */
function columnBytesOf({ windows }: Conv, x: Value): number {
  const { channels, batch } = fixedImage(x);
  const elements = channels * kernelCount(windows) * outputCount(windows) * batch;
  return elements * (x.dtype === 'float64' ? Float64Array.BYTES_PER_ELEMENT : Float32Array.BYTES_PER_ELEMENT);
}

/** Columns of a chunk. Smaller ones, which would stay in the second cache, gain nothing: the product packs them anyway. */
const CHUNK_BYTES = 2 ** 24;

/** More would be a graph too long to compile. */
const MOST_CHUNKS = 16;

function chunksOf({ scope }: NodeBuilder, positions: number, columnBytes: number): readonly Positions[] {
  const count = Math.min(positions, MOST_CHUNKS, Math.max(1, Math.ceil(columnBytes / CHUNK_BYTES)));
  if (count === 1) return [{ label: 'all', at: scope.positions(`all ${positions}`, () => allPositions(positions)) }];
  return Array.from({ length: count }, (_, nth) => {
    const [from, to] = [nth, nth + 1].map((at) => Math.floor((at * positions) / count)) as [number, number];
    const label = `from ${from} to ${to} of ${positions}`;
    return { label, at: scope.positions(label, () => allPositions(positions).subarray(from, to)) };
  });
}

const ELEMENTWISE: ReadonlySet<OpName> = new Set<OpName>([
  ...(['Relu', 'LeakyRelu', 'Elu', 'Sigmoid', 'Tanh', 'Softplus', 'HardSigmoid', 'Erf', 'Exp', 'Log', 'Neg'] as const),
  ...(['Abs', 'Sqrt', 'Reciprocal', 'Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'] as const),
]);

/** Convolutions, pools and their gradients in columns, and what works element by element. */
function takesParts(node: Node): boolean {
  const { op, attrs } = node;
  return ELEMENTWISE.has(op) || ('layout' in attrs && attrs.layout === 'columns');
}

/** Whether a value differs from position to position; `[channels, 1, 1, 1]` does not, nor does a scalar. */
function hasPositions({ shape }: Value): boolean {
  return shape.length !== 0 && !(shape.length === 4 && shape.slice(1).every((dim) => dim === 1));
}

function windowsOf({ attrs }: { readonly attrs: Windows['attrs'] }, input: Value, output: Value): Windows {
  const from = fixedImage(input);
  const to = fixedImage(output);
  return { attrs, size: [from.height, from.width], output: [to.height, to.width] };
}
