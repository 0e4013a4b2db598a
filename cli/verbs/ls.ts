import { EXIT } from '../../shared/kernel/errors.ts';
import { formatClock, formatCount } from '../../shared/view/format.ts';
import { formatTable } from '../output/table.ts';
import { withBus } from '../reading/open-bus.ts';
import { sweepOfEntry } from '../reading/read-sweep.ts';
import { listSweeps, noSweepYet } from '../reading/sweeps.ts';
import type { Verb } from './verb.ts';

/** `sower ls`: sweeps, latest first, with how far each is. */
export const ls: Verb = (context) =>
  withBus(context, async (bus) => {
    const entries = await listSweeps(bus);
    const rows = await Promise.all(
      entries.map(async (entry) => {
        const { spec, plannedTrials } = sweepOfEntry(entry);
        const ended = await bus.done.count(entry.sweep);
        return { sweep: entry.sweep, ended, planned: plannedTrials, objective: spec.objective, at: entry.submittedAt };
      }),
    );
    const { output, json } = context;
    if (json) {
      for (const { at, ...row } of rows) {
        output.line(JSON.stringify({ ...row, submitted_at: new Date(at).toISOString() }));
      }
      return EXIT.ok;
    }
    if (rows.length === 0) throw noSweepYet();
    const cells = rows.map(({ sweep, ended, planned, objective, at }) => [
      sweep,
      `${formatCount(ended)}/${formatCount(planned)}`,
      `${Math.floor((100 * ended) / planned)} %`,
      objective.name,
      `${new Date(at).toISOString().slice(0, 10)} ${formatClock(at)}`,
    ]);
    const columns = [
      { title: 'sweep', align: 'left' },
      { title: 'ended', align: 'right' },
      { title: '', align: 'right' },
      { title: 'objective', align: 'left' },
      { title: 'submitted', align: 'left' },
    ] as const;
    for (const line of formatTable(columns, cells, output.columns)) output.line(line);
    return EXIT.ok;
  });
