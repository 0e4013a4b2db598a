/**
 * Names of things. Every id is one NATS subject token and follows from its cause (an index, a hash), so the same sweep
 * file gives the same ids every time.
 */

const SWEEP_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Rule for sweep, pool and agent names, in words, for error messages. */
export const NAME_RULE =
  'lower-case letters, digits, "_" and "-", starting with a letter or digit, at most 63 characters';

export function isName(text: string): boolean {
  return SWEEP_NAME.test(text);
}

/** `t000123` for trial index 123. */
export function trialId(index: number): string {
  return `t${String(index).padStart(6, '0')}`;
}

/** `c0007` for configuration index 7. */
export function configurationId(index: number): string {
  return `c${String(index).padStart(4, '0')}`;
}

/** `i000004` for the fifth work item of a sweep. */
export function itemId(index: number): string {
  return `i${String(index).padStart(6, '0')}`;
}

/** The index in `t000123`, `c0007` or `i000004`; null where the id has another form. */
export function indexOfId(id: string): number | null {
  const match = /^[tci](\d{4,})$/.exec(id);
  return match === null ? null : Number(match[1]);
}

/** `mnist-lr-1a2b3c4d`: a sweep is its name and the first eight digits of its content hash. */
export function sweepId(name: string, contentHash: string): string {
  return `${name}-${contentHash.slice(0, 8)}`;
}

/** When the agent that made the attempt `lab-1-mf3k2a8c-17` was started (ms since the epoch); null for another form. */
export function bootOfAttempt(attempt: string): number | null {
  const match = /-([0-9a-z]{1,11})-\d+$/.exec(attempt);
  return match === null ? null : Number.parseInt(match[1] as string, 36);
}
