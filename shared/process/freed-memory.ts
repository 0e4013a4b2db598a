/**
 * The environment of a process that computes. The C library gives large blocks back to the system when they are freed, and every
 * chunk of training would fetch them anew, page by page; glibc can only be told to keep them before a process starts.
 * Source: the GNU C Library manual, "Memory Allocation Tunables".
 */

const BLOCKS = [
  // Blocks up to this size come from the heap, which freed ones stay in.
  ['glibc.malloc.mmap_threshold', 2 ** 30],
  // What may lie free at the heap's end.
  ['glibc.malloc.trim_threshold', 2 ** 32],
] as const;

const VARIABLE = 'GLIBC_TUNABLES';

/** `env` with the tunables that it does not set itself. Other C libraries, and other systems, do not look at them. */
export function keepingFreedMemory(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = env[VARIABLE] ?? '';
  const missing = BLOCKS.filter(([name]) => !given.includes(`${name}=`)).map(([name, bytes]) => `${name}=${bytes}`);
  return { ...env, [VARIABLE]: [...(given === '' ? [] : [given]), ...missing].join(':') };
}
