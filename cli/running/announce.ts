import type { ValidSweep } from '../../shared/sweep/spec.ts';
import { formatAmount } from '../../shared/view/format.ts';
import type { CliContext } from '../context.ts';
import { eventJson } from '../watch/plain.ts';
import type { Submission } from './submit.ts';

export interface Announcement {
  /** Addresses of the HTTP endpoints; null where this command did not start them. */
  readonly coordinator: string | null;
  readonly agent: string | null;
  readonly submission: Submission;
}

/** The first lines of a run: what was submitted, and where to look. */
export function announce({ output, json }: CliContext, sweep: ValidSweep, about: Announcement): void {
  const { coordinator, agent, submission } = about;
  if (json) {
    const { planned, known } = submission;
    output.line(eventJson('submitted', { sweep: sweep.id, planned, known, coordinator, agent }));
    return;
  }
  const verb = submission.known ? 'goes on' : 'submitted';
  output.line(`sweep ${output.paint.strong(sweep.id)} ${verb}: ${describeSize(sweep)}`);
  if (coordinator !== null) output.line(`coordinator ${coordinator}/metrics  agent ${agent}/metrics`);
}

/** `12 configurations x 5 seeds = 60 trials`. */
export function describeSize({ spec, plannedTrials }: ValidSweep): string {
  const { configurations, seeds } = spec;
  return `${formatAmount(configurations, 'configuration')} x ${formatAmount(seeds.length, 'seed')} = ${formatAmount(plannedTrials, 'trial')}`;
}
