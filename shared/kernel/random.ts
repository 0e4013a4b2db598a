/**
 * Counter-based randomness: every number is a pure function of (key, counter), so a resumed run draws exactly what an
 * undisturbed one would have drawn, on any machine. Keys are derived from causes (seed, purpose, index).
 *
 * The mixer is the 32-bit finaliser of MurmurHash3 (Appleby, public domain); the same function is emitted into training
 * graphs for dropout masks.
 */

const GOLDEN = 0x9e3779b9;

/** MurmurHash3 `fmix32`: a bijection on 32-bit integers with full avalanche. */
export function mix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Folds a list of causes into one 32-bit key. Strings are hashed by code unit; numbers must be safe integers. */
export function deriveKey(...causes: readonly (number | string)[]): number {
  let key = 0x50575253;
  for (const cause of causes) {
    if (typeof cause === 'string') {
      for (let i = 0; i < cause.length; i++) key = mix32((key + Math.imul(cause.charCodeAt(i) + 1, GOLDEN)) >>> 0);
      key = mix32(key ^ cause.length);
    } else {
      if (!Number.isSafeInteger(cause)) throw new RangeError(`a key cause must be a safe integer, got ${cause}`);
      key = mix32((key + Math.imul(cause >>> 0, GOLDEN)) >>> 0);
      key = mix32(key ^ (Math.floor(cause / 2 ** 32) >>> 0) ^ 0x27d4eb2f);
    }
  }
  return key;
}

/** The `counter`-th 32-bit draw of the stream `key`. */
export function draw32(key: number, counter: number): number {
  return mix32(mix32((key + Math.imul(counter >>> 0, GOLDEN)) >>> 0) ^ key);
}

/** Uniform in [0, 1) with 53 bits. */
export function drawUniform(key: number, counter: number): number {
  const high = draw32(key, 2 * counter) >>> 5;
  const low = draw32(key, 2 * counter + 1) >>> 6;
  return (high * 67108864 + low) / 9007199254740992;
}

/** A permutation of 0..count-1 (Fisher-Yates; the modulo bias is below count / 2^32). */
export function drawPermutation(key: number, count: number): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  for (let i = count - 1; i > 0; i--) {
    const j = draw32(key, i) % (i + 1);
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
}
