/** What an export is made from: every trial that has ended, with its record. */
import type { Bus } from '../../shared/bus/port.ts';
import { type DoneRecord, epochOfEntry, type MetricValues } from '../../shared/protocol/index.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import type { TrialRow } from '../../shared/view/types.ts';
import { readRecords, type StoredSweep } from '../reading/read-sweep.ts';
import { variedPaths } from '../reading/varied.ts';

export interface ExportedTrial {
  readonly row: TrialRow;
  readonly record: DoneRecord;
}

export interface ExportSource {
  readonly sweep: string;
  /** SHA-256 (hex) of the sweep's canonical form. */
  readonly hash: string;
  readonly spec: SweepSpec;
  /** Wall-clock milliseconds. */
  readonly submittedAt: number;
  /** Parameters that differ between configurations. */
  readonly varied: readonly string[];
  readonly planned: number;
  /** In trial order. */
  readonly trials: readonly ExportedTrial[];
}

export async function exportSource(bus: Bus, { sweep, entry, view }: StoredSweep): Promise<ExportSource> {
  const records = new Map((await readRecords(bus, entry.sweep)).map(({ value }) => [value.trial, value]));
  const { rows } = view.trials({ sort: 'trial', limit: Number.MAX_SAFE_INTEGER });
  return {
    sweep: view.sweep,
    hash: sweep.hash,
    spec: view.spec,
    submittedAt: entry.submittedAt,
    varied: variedPaths(view.spec),
    planned: sweep.plannedTrials,
    trials: rows.flatMap((row) => {
      const record = records.get(row.trial);
      return record === undefined ? [] : [{ row, record }];
    }),
  };
}

export interface ExportedEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly metrics: MetricValues;
  /** Wall-clock milliseconds: an even share of the trial's time, which is all that is known of when an epoch ended. */
  readonly at: number;
}

export function epochsOf({ history, epochs, seconds, at }: DoneRecord): readonly ExportedEpoch[] {
  const startedAt = at - seconds * 1000;
  return history.map((metrics, i) => {
    const epoch = epochOfEntry(i, history.length, epochs);
    return { epoch, metrics, at: Math.round(startedAt + (seconds * 1000 * epoch) / Math.max(1, epochs)) };
  });
}

/** The epoch that the final metrics belong to. */
export function finalEpoch({ bestEpoch, epochs }: DoneRecord): number {
  return bestEpoch ?? epochs;
}

/** Metrics that any trial has, in the order of their names. */
export function finalMetricNames(trials: readonly ExportedTrial[]): readonly string[] {
  return [...new Set(trials.flatMap(({ record }) => Object.keys(record.metrics)))].sort();
}
