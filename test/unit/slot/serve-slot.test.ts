import { describe, expect, it } from 'vitest';
import type { SlotNews, SlotOrder } from '../../../agent/shell/slot-protocol.ts';
import { serveSlot } from '../../../agent/slot/serve-slot.ts';
import { createTrainers } from '../../../agent/trainers/registry.ts';
import type { SweepSpec } from '../../../shared/sweep/index.ts';
import { digitsSweep, firstTrial, noopSweep } from '../../support/trials.ts';

/** A slot with real trainers, what it said, and a way to wait for its next word of a kind. */
function startSlot() {
  const said: SlotNews[] = [];
  let left = 0;
  let waiting: { type: string; resolve: (news: SlotNews) => void } | null = null;
  const send = (news: SlotNews) => {
    said.push(news);
    if (waiting?.type === news.type) waiting.resolve(news);
  };
  const slot = serveSlot(createTrainers({ threads: 1, dataDir: null, cacheDir: '/nonexistent' }), send, () => left++);
  const next = (type: SlotNews['type']) =>
    new Promise<SlotNews>((resolve) => {
      waiting = { type, resolve };
    });
  return { slot, said, next, leftCount: () => left };
}

function trainOrder(attempt: string, spec: SweepSpec): SlotOrder {
  return { type: 'train', attempt, sweep: 'small-0', spec, trial: firstTrial(spec), folder: '/nonexistent' };
}

describe('a slot', () => {
  it('trains one trial after the other', async () => {
    const { slot, said, next } = startSlot();
    for (const attempt of ['a-1', 'a-2']) {
      slot.take(trainOrder(attempt, noopSweep(0)));
      await next('result');
    }
    expect(said.map((news) => [news.type, 'attempt' in news && news.attempt])).toEqual([
      ['report', 'a-1'],
      ['result', 'a-1'],
      ['report', 'a-2'],
      ['result', 'a-2'],
    ]);
  });

  it('stops the attempt that is named, and no other', async () => {
    const { slot, said, next } = startSlot();
    slot.take({ type: 'stop', attempt: 'a-0' });
    slot.take(trainOrder('a-1', noopSweep(3600)));
    slot.take({ type: 'stop', attempt: 'a-0' });
    slot.take({ type: 'stop', attempt: 'a-1' });
    await next('stopped');
    expect(said).toEqual([{ type: 'stopped', attempt: 'a-1' }]);
    slot.take(trainOrder('a-2', noopSweep(0)));
    expect(await next('result')).toMatchObject({ attempt: 'a-2' });
  });

  it('leaves when idle, and after its attempt when busy', async () => {
    const idle = startSlot();
    idle.slot.take({ type: 'exit' });
    expect(idle.leftCount()).toBe(1);

    const busy = startSlot();
    busy.slot.take(trainOrder('a-1', noopSweep(3600)));
    busy.slot.take({ type: 'exit' });
    expect(busy.leftCount()).toBe(0);
    busy.slot.take({ type: 'stop', attempt: 'a-1' });
    await busy.next('stopped');
    await Promise.resolve();
    expect(busy.leftCount()).toBe(1);
  });

  it('answers an expected failure with its code and sentence', async () => {
    const { slot, next } = startSlot();
    const spec = { ...digitsSweep(), train: { noop: { seconds: -1 } } };
    slot.take(trainOrder('a-1', spec));
    const news = await next('failed');
    expect(news).toMatchObject({ failure: { cause: 'user_error', exitCode: null, signal: null, stderrTail: '' } });
    expect(news.type === 'failed' && news.failure.code).toMatch(/^E_SWEEP_/);
  });
});
