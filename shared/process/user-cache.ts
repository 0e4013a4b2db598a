import { join } from 'node:path';
import envPaths from 'env-paths';

/** What Sower keeps for this user across projects, and can get again: `SOWER_CACHE`, else where the system has caches. */
export function userCache(...path: readonly string[]): string {
  const given = process.env.SOWER_CACHE;
  const folder = given === undefined || given === '' ? envPaths('sower', { suffix: '' }).cache : given;
  return join(folder, ...path);
}
