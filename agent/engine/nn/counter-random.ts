/** `shared/kernel/random.ts` as graph nodes: the same words from the same key and counter. Opset 18. */
import type { GraphBuilder } from '../ir/op.ts';
import { elementCount, type Shape, type Value } from '../ir/types.ts';

const GOLDEN = 0x9e3779b9;

/** `mix32` of every element of a uint32 tensor. */
export function mix32Nodes(b: GraphBuilder, value: Value): Value {
  const word = (n: number): Value => b.scalar('uint32', n);
  const shifted = (x: Value, bits: number): Value =>
    b.op('BitwiseXor', [x, b.op('BitShift', [x, word(bits)], { direction: 'RIGHT' })]);
  const first = b.op('Mul', [shifted(value, 16), word(0x85ebca6b)]);
  const second = b.op('Mul', [shifted(first, 13), word(0xc2b2ae35)]);
  return shifted(second, 16);
}

/** `draw32(key, counter)`, scalars. */
export function draw32Nodes(b: GraphBuilder, key: Value, counter: Value): Value {
  const spread = b.op('Mul', [counter, b.scalar('uint32', GOLDEN)]);
  return mix32Nodes(b, b.op('BitwiseXor', [mix32Nodes(b, b.op('Add', [key, spread])), key]));
}

/**
 * One word per element: `mix32(key + element * GOLDEN)`, elements counted in C order. One round is enough where the key
 * is fresh at every step, and it halves the cost of the mask.
 */
export function elementWords(b: GraphBuilder, key: Value, shape: Shape): Value {
  const counters = Uint32Array.from({ length: elementCount(shape) }, (_, i) => Math.imul(i, GOLDEN) >>> 0);
  return mix32Nodes(b, b.op('Add', [b.constant({ dtype: 'uint32', shape }, counters), key]));
}

/** Uniform in [0, 1) from the upper 24 bits, exact in float32. */
export function uniformFromWords(b: GraphBuilder, words: Value): Value {
  const upper = b.op('BitShift', [words, b.scalar('uint32', 8)], { direction: 'RIGHT' });
  return b.op('Mul', [b.op('Cast', [upper], { to: 'float32' }), b.scalar('float32', 2 ** -24)]);
}
