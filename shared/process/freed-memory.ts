/**
 * The environment of a process that computes. The C library gives large blocks back to the system when they are freed, and every
 * chunk of training would fetch them anew, page by page; glibc can only be told to keep them before a process starts.
 * Source: the GNU C Library manual, "Memory Allocation Tunables".
 */
import { execFileSync } from 'node:child_process';

const VARIABLE = 'GLIBC_TUNABLES';

/** From this version on, blocks of any size may come from the heap, which freed ones stay in; before, of 32 MiB at most. */
const ANY_SIZE_SINCE = 2.35;

/** `env` with the tunables that it does not set itself; as it is where the C library is another. */
export function keepingFreedMemory(env: NodeJS.ProcessEnv, version = glibcVersion()): NodeJS.ProcessEnv {
  if (version === null) return env;
  const given = env[VARIABLE] ?? '';
  const missing = Object.entries({
    'glibc.malloc.mmap_threshold': version >= ANY_SIZE_SINCE ? 2 ** 30 : 2 ** 25,
    // What may lie free at the heap's end.
    'glibc.malloc.trim_threshold': 2 ** 30,
  })
    .filter(([name]) => !given.includes(`${name}=`))
    .map(([name, bytes]) => `${name}=${bytes}`);
  return { ...env, [VARIABLE]: [...(given === '' ? [] : [given]), ...missing].join(':') };
}

let known: number | null | undefined;

/** Such as 2.36; null for another C library, or another system. */
function glibcVersion(): number | null {
  known ??= process.platform === 'linux' ? askedVersion() : null;
  return known;
}

function askedVersion(): number | null {
  try {
    const answer = execFileSync('getconf', ['GNU_LIBC_VERSION'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/^glibc (\d+\.\d+)/.exec(answer)?.[1] ?? Number.NaN) || null;
  } catch {
    return null;
  }
}
