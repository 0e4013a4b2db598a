/**
 * A counter generator of additions, multiplications and divisions alone, for providers without kernels for bits. Its
 * words are others than those of `counter-random.ts`, and as evenly spread.
 *
 * A round is x (2x + 1) + c, turned by half a word. The polynomial maps the 32-bit words onto themselves, one to one
 * (Rivest, Robshaw, Sidney and Yin: The RC6 Block Cipher, 1998); the turn brings the bits that depend on all others down.
 */
import type { GraphBuilder } from '../ir/op.ts';
import { elementCount, type Shape, type Value } from '../ir/types.ts';

const GOLDEN = 0x9e3779b9;

/** With two rounds single bits of the input do not reach all of the output; with three they change each every other time. */
const ROUND_CONSTANTS = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

const HALF_WORD = 2 ** 16;

/** On uint32 tensors, whose arithmetic wraps. */
function mixNodes(b: GraphBuilder, value: Value): Value {
  const word = (n: number): Value => b.scalar('uint32', n);
  return ROUND_CONSTANTS.reduce((x, constant) => {
    const odd = b.op('Add', [b.op('Mul', [x, word(2)]), word(1)]);
    const mixed = b.op('Add', [b.op('Mul', [x, odd]), word(constant)]);
    return b.op('Add', [b.op('Mul', [mixed, word(HALF_WORD)]), b.op('Div', [mixed, word(HALF_WORD)])]);
  }, value);
}

/** Uniform in [0, 1), one per element, from a key and a counter (uint32 scalars); exact in float32. */
export function arithmeticUniforms(b: GraphBuilder, key: Value, counter: Value, shape: Shape): Value {
  const stepKey = mixNodes(b, b.op('Add', [key, b.op('Mul', [counter, b.scalar('uint32', GOLDEN)])]));
  const spread = Uint32Array.from({ length: elementCount(shape) }, (_, i) => Math.imul(i, GOLDEN) >>> 0);
  const words = mixNodes(b, b.op('Add', [b.constant({ dtype: 'uint32', shape }, spread), stepKey]));
  const upper = b.op('Div', [words, b.scalar('uint32', 2 ** 8)]);
  return b.op('Mul', [b.op('Cast', [upper], { to: 'float32' }), b.scalar('float32', 2 ** -24)]);
}
