/** What `sower doctor` looks at, one value per check. */
import type { CliContext } from '../context.ts';

export type CheckLevel = 'pass' | 'warn' | 'fail';

export interface CheckResult {
  readonly level: CheckLevel;
  /** What was found, in one clause. */
  readonly detail: string;
  /** What to do about it; null where nothing needs to be done. */
  readonly fix: string | null;
}

export interface Check {
  readonly name: string;
  readonly run: (context: CliContext) => Promise<CheckResult>;
}

export const pass = (detail: string): CheckResult => ({ level: 'pass', detail, fix: null });
export const warn = (detail: string, fix: string): CheckResult => ({ level: 'warn', detail, fix });
export const fail = (detail: string, fix: string): CheckResult => ({ level: 'fail', detail, fix });
