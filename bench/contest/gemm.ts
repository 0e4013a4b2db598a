/** Square matrix products in a bare onnxruntime session, one thread: what the machine could do at most. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Builder } from '../../agent/engine/ir/graph.ts';
import type { TensorType, Value } from '../../agent/engine/ir/types.ts';
import { writeModel } from '../../agent/engine/onnx/model.ts';
import { registry } from '../../agent/engine/ops/registry.ts';

export const GEMM_SIZES = [512, 1024, 2048] as const;

const LARGEST = 2048;
const OPSET = 17;

/** The same work in a round of every size. */
export const GEMM_ROUND_FLOPS = 2 * 2 * LARGEST ** 3;

/** Both operands are inputs, as in training, so that neither is packed beforehand. */
function productChain(n: number, products: number): Uint8Array {
  const b = new Builder(registry, 'gemm');
  const square: TensorType = { dtype: 'float32', shape: [n, n] };
  const w = b.input('w', square);
  let x: Value = b.input('x', square);
  // Keeps the numbers in range.
  const attrs = { transA: false, transB: false, alpha: 1 / Math.sqrt(n), beta: 1 };
  for (let i = 0; i < products; i++) x = b.op('Gemm', [x, w], attrs);
  b.output('y', x);
  return writeModel(b.finish(), { opset: OPSET });
}

/** A function that does one round of products of `n` by `n`. */
export async function openGemm(n: number): Promise<() => Promise<void>> {
  const products = (2 * LARGEST ** 3) / n ** 3;
  const session = await InferenceSession.create(productChain(n, products), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const values = Float32Array.from({ length: n * n }, (_, i) => ((i % 17) - 8) / 8);
  const operand = new Tensor('float32', values, [n, n]);
  return async () => {
    await session.run({ x: operand, w: operand });
  };
}
