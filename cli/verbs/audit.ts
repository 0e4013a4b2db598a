import type { Stored } from '../../shared/bus/port.ts';
import { EXIT } from '../../shared/kernel/errors.ts';
import { formatAmount } from '../../shared/view/format.ts';
import { type AuditReport, auditSweep } from '../../shared/view/index.ts';
import { withBus } from '../reading/open-bus.ts';
import { sweepOfEntry } from '../reading/read-sweep.ts';
import { findSweep } from '../reading/sweeps.ts';
import type { Verb } from './verb.ts';

/** `sower audit [SWEEP]`: exit code 0 only where every planned trial was counted exactly once. */
export const audit: Verb = (context, { args }) =>
  withBus(context, async (bus) => {
    const entry = await findSweep(bus, args[0]);
    const unreadable: string[] = [];
    const [events, records] = await Promise.all([
      collect(bus.events.read({ sweep: entry.sweep }), unreadable),
      collect(bus.done.read({ sweep: entry.sweep }), unreadable),
    ]);
    const stored = events.map(({ seq, value }) => ({ seq, event: value }));
    const report = auditSweep(
      sweepOfEntry(entry),
      stored,
      records.map(({ value }) => value),
    );
    const problems = [...report.problems, ...unreadable];
    const ok = report.ok && unreadable.length === 0;
    const { output, json } = context;
    if (json) {
      const { problems: _, ...counts } = report;
      output.line(JSON.stringify({ ...counts, ok, ...(problems.length === 0 ? {} : { problems }) }));
    } else {
      for (const line of auditLines(report, ok, problems)) output.line(line);
    }
    return ok ? EXIT.ok : EXIT.checkFailed;
  });

/** Diverged trials are done, as trained they were, but `status` shows them apart. */
export function auditLines(report: AuditReport, ok: boolean, problems: readonly string[]): readonly string[] {
  const { sweep, planned, done, diverged, failed, pruned, cancelled, pending, duplicates } = report;
  const parts = diverged === 0 ? '' : ` (${done - diverged} completed + ${diverged} diverged)`;
  const sum = `planned ${planned} = done ${done}${parts} + failed ${failed} + pruned ${pruned} + cancelled ${cancelled} + pending ${pending}`;
  const verdict = ok ? 'ok: every trial was counted exactly once' : verdictOf(pending, problems);
  return [`sweep ${sweep}: ${sum}; duplicates ${duplicates}`, ...problems.map((problem) => `  ${problem}`), verdict];
}

function verdictOf(pending: number, problems: readonly string[]): string {
  if (problems.length > 0) return 'not ok: see above';
  return `not ok yet: ${formatAmount(pending, 'trial')} pending`;
}

async function collect<T>(source: AsyncIterable<Stored<T>>, unreadable: string[]) {
  const found: { readonly seq: number; readonly value: T }[] = [];
  for await (const stored of source) {
    if ('unreadable' in stored) {
      unreadable.push(
        `message ${stored.seq} on ${stored.unreadable.subject} cannot be read: ${stored.unreadable.problem}`,
      );
    } else found.push(stored);
  }
  return found;
}
