/**
 * The vocabulary of the graph, once: which ops exist and which attributes each takes, and what an op must define. An op
 * is one object with its shape rule, gradient rule and ONNX emission side by side (`agent/engine/ops`); the registry is
 * a table mapped over `OpAttrs`, so a missing op, rule or attribute does not compile.
 */
import type { DType, Shape, TensorData, TensorType, Value } from './types.ts';

type NoAttrs = { readonly [name in never]: never };

export interface AxesAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** `steps` may be negative but not zero; `ends` are exclusive. Axes that are not named are kept whole. */
export interface SliceAttrs {
  readonly axes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** How a window slides over images: `columns` is `[channels, height, width, batch]`, `rows` has the batch in front. */
export interface WindowAttrs {
  readonly layout: 'rows' | 'columns';
  /** Height and width, as in `stride` and `dilation`. */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Above, left, below, right. */
  readonly pads: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
}

export interface ConvAttrs extends WindowAttrs {
  readonly group: number;
}

export interface OpAttrs {
  // elementwise
  Identity: NoAttrs;
  Neg: NoAttrs;
  Exp: NoAttrs;
  Log: NoAttrs;
  Sqrt: NoAttrs;
  Abs: NoAttrs;
  Reciprocal: NoAttrs;
  /** The error function; float32 alone. */
  Erf: NoAttrs;
  Relu: NoAttrs;
  LeakyRelu: { readonly alpha: number };
  Elu: { readonly alpha: number };
  Softplus: NoAttrs;
  Sigmoid: NoAttrs;
  Tanh: NoAttrs;
  HardSigmoid: { readonly alpha: number; readonly beta: number };
  Add: NoAttrs;
  Sub: NoAttrs;
  Mul: NoAttrs;
  Div: NoAttrs;
  Min: NoAttrs;
  Max: NoAttrs;
  // compare and select
  Equal: NoAttrs;
  Less: NoAttrs;
  GreaterOrEqual: NoAttrs;
  Greater: NoAttrs;
  IsNaN: NoAttrs;
  Where: NoAttrs;
  Cast: { readonly to: DType };
  // bits, for the counter generator
  BitShift: { readonly direction: 'LEFT' | 'RIGHT' };
  BitwiseXor: NoAttrs;
  // reduce
  ReduceSum: AxesAttrs;
  ReduceMean: AxesAttrs;
  ReduceMax: AxesAttrs;
  ReduceSumSquare: AxesAttrs;
  ArgMax: { readonly axis: number };
  // shape
  Reshape: { readonly shape: Shape };
  Transpose: { readonly perm: readonly number[] };
  Expand: { readonly shape: Shape };
  Concat: { readonly axis: number };
  Slice: SliceAttrs;
  /** Zeros before and after each axis; a negative number cuts off. */
  Pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** Sizes along the axis, one output for each. */
  Split: { readonly axis: number; readonly sizes: readonly number[] };
  // matrix products
  MatMul: NoAttrs;
  /** alpha op(A) op(B) + beta C; C may be left out. */
  Gemm: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number; readonly beta: number };
  /** Z + W X for x [1, k, n], w [m, k, 1], z [1, m, n], all float32; writes over z where nothing else reads it. */
  FusedConv: NoAttrs;
  // windows; in columns they exist until the compiler lowers them, in rows convolution and pooling are ONNX's own
  /** Inputs: x, w, bias `[outputs, 1]` (rows: `[outputs]`) or none. W is `[outputs, channels / group * kernel]` (rows: 4-D). */
  Conv2d: ConvAttrs;
  /** Inputs: dy, w. `size` is the height and width of x. */
  Conv2dInputGrad: ConvAttrs & { readonly size: readonly [number, number] };
  /** Inputs: x, dy. */
  Conv2dWeightGrad: ConvAttrs;
  /** Input: dy. Output: its sums over everything but the channels, in the shape of the bias. */
  Conv2dBiasGrad: { readonly layout: WindowAttrs['layout'] };
  MaxPool2d: WindowAttrs;
  /** Inputs: x, y, dy. The first of equal maxima gets it all. */
  MaxPool2dGrad: WindowAttrs;
  AvgPool2d: WindowAttrs & { readonly countIncludePad: boolean };
  /** Input: dy. `size` is the height and width of x. */
  AvgPool2dGrad: WindowAttrs & { readonly countIncludePad: boolean; readonly size: readonly [number, number] };
  Gather: { readonly axis: number };
  /** Inputs: data, indices int64 `[n, 1]`, updates `[n, ...]` that are added to the slices at the indices. */
  ScatterND: { readonly reduction: 'add' };
  Softmax: { readonly axis: number };
  LogSoftmax: { readonly axis: number };
  // normalisation as exported models write it
  /** Inputs: x `[batch, channels, ...]`, scale, bias, running mean, running variance. */
  BatchNormalization: { readonly epsilon: number };
  /** Over `axis` and those after it; inputs: x, scale, bias. */
  LayerNormalization: { readonly axis: number; readonly epsilon: number };
  /** Inputs: trip count, condition, first values of the carried tensors. */
  Loop: LoopAttrs;
}

/**
 * Body inputs: iteration (int64 scalar), condition (bool scalar), carried tensors. Body outputs: condition, carried
 * tensors, scanned tensors. Values of the enclosing graph may be used in the body.
 */
export interface LoopAttrs {
  readonly body: Graph;
  readonly carried: number;
  /** Name of the dimension that scanned outputs get in front. */
  readonly steps: string;
}

export type OpName = keyof OpAttrs;

export interface NodeOf<N extends OpName> {
  readonly op: N;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attrs: OpAttrs[N];
}

export type Node = { [N in OpName]: NodeOf<N> }[OpName];

export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

/** Static single assignment, in order of evaluation. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** Attributes may be left out where an op has none. */
export type AttrsArgument<N extends OpName> = keyof OpAttrs[N] extends never ? [] : [attrs: OpAttrs[N]];

/** What gradient rules, layers and optimizers append nodes through. */
export interface GraphBuilder {
  /** Appends a node and returns its first output. */
  op<N extends OpName>(name: N, inputs: readonly Value[], ...attrs: AttrsArgument<N>): Value;
  /** Appends a node and returns all its outputs. */
  outputsOf<N extends OpName>(name: N, inputs: readonly Value[], ...attrs: AttrsArgument<N>): readonly Value[];
  constant(type: TensorType, data: TensorData): Value;
  scalar(dtype: DType, value: number): Value;
  /** The node that made a value; undefined for inputs and constants. */
  producerOf(value: Value): Node | undefined;
  /** Appends the nodes of a composition and returns all its outputs. */
  compose<A>(composition: Composition<A>, inputs: readonly Value[], attrs: A): readonly Value[];
}

/**
 * A function made of several ops that has a gradient of its own, shorter or more stable than the one that its ops would
 * give one by one. The graph holds the ops alone; only the reverse walk knows that they belong together.
 */
export interface Composition<A> {
  readonly name: string;
  /** The results, then what the gradient needs of the way there. Only the first result is differentiated. */
  readonly forward: (b: GraphBuilder, x: readonly Value[], attrs: A) => readonly Value[];
  /** Gradients of the inputs, in their order, each of its input's shape or broadcasting from it. */
  readonly backward: (context: BackwardContext<A>) => readonly Value[];
}

export interface BackwardContext<A> {
  readonly b: GraphBuilder;
  readonly x: readonly Value[];
  readonly y: readonly Value[];
  readonly dy: Value;
  readonly attrs: A;
}

/** Where a builder's nodes are a composition. */
export interface Composed {
  /** Positions among the builder's nodes, the end exclusive. */
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly backward: (b: GraphBuilder, dy: Value) => readonly Value[];
}

/** What a gradient rule sees: inputs x, outputs y, the gradient dy of the first output. */
export interface GradContext<N extends OpName> {
  readonly b: GraphBuilder;
  readonly x: readonly Value[];
  readonly y: readonly Value[];
  readonly dy: Value;
  readonly attrs: OpAttrs[N];
}

/** The gradient of one input; it may still have the broadcast shape of the output. */
export type GradRule<N extends OpName> = (context: GradContext<N>) => Value;

/** Asking for this gradient is an error, unlike null: an input that has none by nature (an index, a condition). */
export const NOT_DIFFERENTIABLE = Symbol('not differentiable');

/** A rule for each input; a function of the index where an op takes any number of them. */
export type Grad<N extends OpName> =
  | readonly (GradRule<N> | null | typeof NOT_DIFFERENTIABLE)[]
  | ((index: number) => GradRule<N>)
  | typeof NOT_DIFFERENTIABLE;

export type OnnxAttribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'graph'; readonly value: Graph };

/** An int64 vector that ONNX takes as an input where we have an attribute (axes, target shape). */
export interface IndexVector {
  readonly int64s: readonly number[];
}

/** One ONNX node: its outputs are the node's outputs, in order. */
export interface OnnxNode {
  readonly opType: string;
  /** Left out: ONNX's own. */
  readonly domain?: 'com.microsoft';
  /** Null: an optional input that is not given. */
  readonly inputs: readonly (Value | IndexVector | null)[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OpDef<N extends OpName> {
  /** Types of the outputs; throws ShapeError where the inputs do not fit. */
  readonly infer: (inputs: readonly TensorType[], attrs: OpAttrs[N]) => readonly TensorType[];
  readonly grad: Grad<N>;
  readonly emit: (node: NodeOf<N>, opset: number) => OnnxNode;
}

export type Registry = { readonly [N in OpName]: OpDef<N> };

/** Inputs that do not fit an op. The builder adds the op and the graph around it. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}
