import { EXIT } from '../../shared/kernel/errors.ts';
import { formatClock, formatCount } from '../../shared/view/format.ts';
import { formatTable } from '../output/table.ts';
import { withBus } from '../reading/open-bus.ts';
import { sweepOfEntry } from '../reading/read-sweep.ts';
import { readSweepState } from '../reading/sweep-state.ts';
import { listSweeps, noSweepYet } from '../reading/sweeps.ts';
import type { Verb } from './verb.ts';

/** `sower ls`: sweeps, latest first, with the state of each and how far it is. */
export const ls: Verb = (context) =>
  withBus(context, async (bus) => {
    const entries = await listSweeps(bus);
    const rows = await Promise.all(
      entries.map(async (entry) => {
        const { spec, plannedTrials } = sweepOfEntry(entry);
        const ended = await bus.done.count(entry.sweep);
        const state = await readSweepState(bus, entry.sweep, ended, plannedTrials);
        const { objective } = spec;
        return { sweep: entry.sweep, state, ended, planned: plannedTrials, objective, at: entry.submittedAt };
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
    const cells = rows.map(({ sweep, state, ended, planned, objective, at }) => [
      sweep,
      state,
      `${formatCount(ended)}/${formatCount(planned)}`,
      `${Math.floor((100 * ended) / planned)} %`,
      objective.name,
      `${new Date(at).toISOString().slice(0, 10)} ${formatClock(at)}`,
    ]);
    const columns = [
      { title: 'sweep', align: 'left' },
      { title: 'state', align: 'left' },
      { title: 'ended', align: 'right' },
      { title: '', align: 'right' },
      { title: 'objective', align: 'left' },
      { title: 'submitted', align: 'left' },
    ] as const;
    for (const line of formatTable(columns, cells, output.columns)) output.line(line);
    return EXIT.ok;
  });
