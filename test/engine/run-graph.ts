/** Runs a graph once in a real onnxruntime session. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { BY_RULE } from '../../agent/engine/compile/lower/choice.ts';
import { lowerGraph } from '../../agent/engine/compile/lower/lower.ts';
import { checkGraph } from '../../agent/engine/ir/check.ts';
import type { Graph } from '../../agent/engine/ir/op.ts';
import { type DType, fixedDim, tensorData } from '../../agent/engine/ir/types.ts';
import { writeModel } from '../../agent/engine/onnx/model.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import type { Tensor } from './reference/tensor.ts';

const TEST_OPSET = 18;

export interface GraphRunner {
  /** Inputs in the graph's order; outputs by name. */
  run(inputs: readonly Tensor[]): Promise<ReadonlyMap<string, Tensor>>;
  release(): Promise<void>;
}

function toOrt(dtype: DType, tensor: Tensor): OrtTensor {
  return new OrtTensor(dtype, tensorData(dtype, tensor.data) as OrtTensor.DataType, tensor.shape);
}

function fromOrt(tensor: OrtTensor): Tensor {
  return { shape: tensor.dims, data: Array.from(tensor.data as Iterable<number | bigint>, Number) };
}

/** Lowers what ONNX does not have, checks the graph, then opens a session with one thread. */
export async function openGraph(given: Graph, opset = TEST_OPSET): Promise<GraphRunner> {
  const graph = lowerGraph(given, BY_RULE);
  checkGraph(registry, graph);
  const session = await InferenceSession.create(writeModel(graph, { opset }), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    async run(inputs) {
      const feeds = graph.inputs.map((value, i) => [value.name, toOrt(value.dtype, inputs[i]!)] as const);
      const results = await session.run(Object.fromEntries(feeds));
      return new Map(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
    },
    release: () => session.release(),
  };
}

/** `openGraph`, one `run`, `release`. */
export async function runGraph(
  graph: Graph,
  inputs: readonly Tensor[],
  opset = TEST_OPSET,
): Promise<ReadonlyMap<string, Tensor>> {
  const runner = await openGraph(graph, opset);
  try {
    return await runner.run(inputs);
  } finally {
    await runner.release();
  }
}

/** A tensor with the shape a value was given when the graph was built. */
export function tensorOf(shape: readonly (number | string)[], data: Iterable<number>): Tensor {
  return { shape: shape.map(fixedDim), data: [...data] };
}
