import type { SweepFacts, SweepState } from './state.ts';

/** What a submission has to do with a sweep that is here already. */
export type SubmissionVerdict =
  | { readonly type: 'new' }
  | { readonly type: 'known'; readonly planned: number }
  | { readonly type: 'conflict'; readonly other: SweepFacts };

/** One name is one sweep at a time: other content under it waits until the first is over. */
export function judgeSubmission(
  submitted: { readonly sweep: string; readonly name: string; readonly hash: string },
  sweeps: Iterable<{ readonly name: string; readonly state: SweepState }>,
): SubmissionVerdict {
  for (const { name, state } of sweeps) {
    const { facts, phase } = state;
    if (facts.sweep === submitted.sweep && facts.hash === submitted.hash)
      return { type: 'known', planned: facts.planned };
    if (name === submitted.name && phase !== 'finished') return { type: 'conflict', other: facts };
  }
  return { type: 'new' };
}
