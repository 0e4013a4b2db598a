import { EXIT, SowerError } from '../shared/kernel/errors.ts';

/** Faults of a place, not of this program. */
const FAULTS: readonly string[] = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENAMETOOLONG',
];

/** Runs `write`; throws E_WRITE (exit code 7) where what it writes at `path` cannot be written. */
export async function writingTo<T>(path: string, flag: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (cause instanceof SowerError || !FAULTS.includes(code)) throw cause;
    const fix = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room, or' : 'let your user write there, or';
    throw new SowerError('E_WRITE', `this cannot be written (${code})`, {
      where: path,
      fix: `${fix} name another place with ${flag}`,
      exit: EXIT.notPermitted,
      cause,
    });
  }
}
