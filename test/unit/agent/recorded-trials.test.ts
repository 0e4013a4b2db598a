import { describe, expect, it } from 'vitest';
import { RecordedTrials } from '../../../agent/shell/recorded-trials.ts';
import type { DoneRecord, WorkItem } from '../../../shared/protocol/index.ts';

const itemOf = (count: number): WorkItem => ({
  v: 1,
  sweep: 's-1',
  item: 'i000000',
  gen: 1,
  pool: 'default',
  specHash: '',
  trials: Array.from({ length: count }, (_, i) => i),
});

/** Asks for every trial in order; the answers, and how many questions the ledger got. */
async function ask(count: number, recorded: readonly string[], published: readonly string[] = []) {
  let asked = 0;
  const done = {
    get: async (_: string, trial: string) => {
      asked++;
      if (trial === 't000003' && recorded.includes('unreachable')) throw new Error('no answer');
      return recorded.includes(trial) ? ({ trial } as DoneRecord) : null;
    },
  };
  const outbox = { hasPublishedResult: (_: string, trial: string) => published.includes(trial) };
  const trials = new RecordedTrials(itemOf(count), done, outbox);
  const found: number[] = [];
  for (let position = 0; position < count; position++) if (await trials.has(position)) found.push(position);
  return { found, asked };
}

describe('RecordedTrials', () => {
  it('asks for every trial of a small item', async () => {
    expect(await ask(4, ['t000002'])).toEqual({ found: [2], asked: 4 });
  });

  it('probes a large item, and asks no more where nothing of it is recorded', async () => {
    expect(await ask(200, [])).toEqual({ found: [], asked: 3 });
  });

  it('asks for every trial of a large item where a probe is recorded', async () => {
    const first = ['t000000', 't000001', 't000002', 't000199'];
    expect(await ask(200, first)).toEqual({ found: [0, 1, 2, 199], asked: 203 });
  });

  it('trusts its own outbox without asking', async () => {
    const all = Array.from({ length: 3 }, (_, i) => `t00000${i}`);
    expect(await ask(3, [], all)).toEqual({ found: [0, 1, 2], asked: 0 });
    expect((await ask(200, ['t000150'], ['t000000'])).found).toEqual([0, 150]);
  });

  it('trains what it cannot learn about', async () => {
    expect((await ask(4, ['unreachable', 't000000'])).found).toEqual([0]);
  });
});
