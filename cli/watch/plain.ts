/**
 * The sweep as lines, for pipes, logs and screen readers: a line when a trial ends, one summary per quiet minute. With
 * `--json` each line is an object with `v`, `ts` and `type`.
 */

import { systemClock } from '../../shared/kernel/system-clock.ts';
import type { DoneRecord } from '../../shared/protocol/index.ts';
import { betterFirst } from '../../shared/stats/index.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import { formatClock } from '../../shared/view/format.ts';
import type { ViewMessage } from '../../shared/view/types.ts';
import type { CliContext } from '../context.ts';
import { trialJson } from '../reading/trial-json.ts';
import { variedPaths } from '../reading/varied.ts';
import { createLineBudget } from './line-budget.ts';
import type { SweepSource } from './source.ts';
import { formatSummary } from './summary-line.ts';
import { endStateOf, formatTrialLine } from './trial-line.ts';

const QUIET_MS = 60_000;
const TICK_MS = 500;

/** Prints until stopped. */
export function printLines(source: SweepSource, context: CliContext): { stop(): void } {
  const { output, json } = context;
  const spec = source.view.spec;
  const style = { ...output, objective: spec.objective.name, paths: variedPaths(spec) };
  const isBest = bestSoFar(spec, source.snapshot().bestSteps.at(-1)?.value ?? null);
  const budget = createLineBudget();
  let lastLineMs = systemClock.monotonic();

  const print = (line: string) => {
    lastLineMs = systemClock.monotonic();
    output.line(line);
  };
  const onEnded = (record: DoneRecord, past: boolean) => {
    const best = isBest(record);
    if (past) return;
    if (json) {
      print(eventJson('trial', { ...trialJson(record), best }));
    } else if (budget.admit(systemClock.monotonic(), endStateOf(record))) {
      print(formatTrialLine({ record, slot: source.view.trial(record.trial)?.slot ?? null, best }, style));
    }
  };
  const flush = (force: boolean) => {
    const counts = budget.flush(systemClock.monotonic(), force);
    if (counts === null) return;
    const words = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
    print(`${formatClock(systemClock.now())} ${output.ascii ? '+' : '…'} ${words.join(', ')}`);
  };
  const untap = source.tap((message: ViewMessage, past) => {
    if (message.type === 'done') onEnded(message.record, past);
  });
  const timer = setInterval(() => {
    flush(false);
    if (systemClock.monotonic() - lastLineMs < QUIET_MS) return;
    const snapshot = source.snapshot();
    print(
      json
        ? eventJson('summary', { sweep: snapshot.sweep, ended: snapshot.ended, counts: snapshot.counts })
        : `${formatClock(systemClock.now())} ${formatSummary(snapshot)}`,
    );
  }, TICK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      untap();
      flush(true);
    },
  };
}

/** One object of the `--json` stream. */
export function eventJson(type: string, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ v: 1, ts: new Date(systemClock.now()).toISOString(), type, ...fields });
}

function bestSoFar({ objective }: SweepSpec, known: number | null): (record: DoneRecord) => boolean {
  let best = known;
  return (record) => {
    const value = record.metrics[objective.name] ?? null;
    if (value === null || record.outcome !== 'completed') return false;
    const better = best === null || betterFirst(objective.goal, value, best) < 0;
    if (better) best = value;
    return better;
  };
}
