import { indexOfId } from '../../shared/kernel/ids.ts';
import type { TrialReport } from '../../shared/protocol/index.ts';

export interface LatestReport {
  /** The objective's last value, null where the report does not have it. */
  readonly value: number | null;
  readonly epoch: number;
}

/** The last report of running trials, within a bound per sweep: what comes beyond it is not kept. */
export class LiveReports {
  readonly #bySweep = new Map<string, Map<number, LatestReport>>();
  readonly #perSweep: number;
  readonly #objectiveOf: (sweep: string) => string | null;

  constructor(perSweep: number, objectiveOf: (sweep: string) => string | null) {
    this.#perSweep = perSweep;
    this.#objectiveOf = objectiveOf;
  }

  take(report: TrialReport): void {
    const trial = indexOfId(report.trial);
    const objective = this.#objectiveOf(report.sweep);
    if (trial === null || objective === null) return;
    const reports = this.#bySweep.get(report.sweep) ?? new Map<number, LatestReport>();
    if (reports.size >= this.#perSweep && !reports.has(trial)) return;
    reports.set(trial, { value: report.metrics[objective] ?? null, epoch: report.epoch });
    this.#bySweep.set(report.sweep, reports);
  }

  of(sweep: string): Iterable<readonly [number, LatestReport]> {
    return this.#bySweep.get(sweep) ?? [];
  }

  forget(sweep: string, trial: number): void {
    this.#bySweep.get(sweep)?.delete(trial);
  }
}
