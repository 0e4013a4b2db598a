import { describe, expect, it } from 'vitest';
import { type Caused, runActor } from '../../../shared/actor/index.ts';
import type { Actor } from '../../../shared/kernel/actor.ts';

type Command = { readonly add: number };
type Event = { readonly added: number };
type Effect = { readonly say: number };

/** Adds up; refuses negative numbers; says every sum. */
const counter: Actor<Command, Event, number, Effect> = {
  initialState: 0,
  decide: ({ add }) => (add < 0 ? [] : [{ added: add }]),
  evolve: (state, { added }) => state + added,
  react: (_event, state) => [{ say: state }],
};

const noFailure = (error: unknown) => {
  throw error;
};

describe('the loop', () => {
  it('decides, folds and performs, with ids that follow from causes', async () => {
    const said: [number, string][] = [];
    const loop = runActor({
      actor: counter,
      perform: ({ say }, id) => void said.push([say, id]),
      onFailure: noFailure,
    });
    await loop.send({ add: 2 }, 'a');
    await loop.send({ add: -1 }, 'b');
    await loop.send({ add: 3 }, 'c');
    await loop.effectsBelow();
    expect(loop.state).toBe(5);
    expect(said).toEqual([
      [2, 'a:0:0'],
      [5, 'c:0:0'],
    ]);
  });

  it('folds what its log hands back, and decides on nothing older', async () => {
    const log: Caused<Event>[] = [];
    const loop = runActor({
      actor: { ...counter, decide: ({ add }, state) => (add === state ? [{ added: 1 }] : []) },
      append: async (events) => {
        log.push(...events);
        await new Promise((resolve) => setImmediate(resolve));
        for (const { value, id } of events) loop.observe(value, id);
      },
      perform: () => undefined,
      onFailure: noFailure,
    });
    await Promise.all([0, 1, 2, 2, 3].map((add, i) => loop.send({ add }, `c${i}`)));
    expect(log.map(({ id }) => id)).toEqual(['c0:0', 'c1:0', 'c2:0', 'c4:0']);
    expect(loop.state).toBe(4);
  });

  it('tries a failed effect again, and gives up where the policy says so', async () => {
    const tries: number[] = [];
    const failures: unknown[] = [];
    const loop = runActor({
      actor: counter,
      perform: ({ say }) => {
        tries.push(say);
        if (say === 1 && tries.length < 3) throw new Error('not yet');
        if (say === 3) throw new Error('never');
      },
      retry: (_error, count) => (count < 4 ? 1 : null),
      onFailure: (error) => failures.push(error),
    });
    await loop.send({ add: 1 }, 'a');
    await loop.effectsBelow();
    await loop.send({ add: 2 }, 'b');
    await loop.effectsBelow();
    expect(tries).toEqual([1, 1, 1, 3, 3, 3, 3]);
    expect(failures).toEqual([new Error('never')]);
  });

  it('keeps the order of a lane and the bound of all, and nothing of a command that fails', async () => {
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const loop = runActor({
      actor: counter,
      perform: async ({ say }) => {
        running++;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        if (say % 2 === 1) order.push(say);
        running--;
      },
      laneOf: ({ say }) => (say % 2 === 1 ? 'odd' : null),
      concurrency: 3,
      onFailure: noFailure,
    });
    await Promise.all(Array.from({ length: 50 }, (_, i) => loop.send({ add: 1 }, `${i}`)));
    await loop.effectsBelow();
    expect(order).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i + 1));
    expect(most).toBe(3);
    expect(loop.effectsOpen).toBe(0);
  });

  it('replays without effects, performs what is owed, and starts nothing after it was stopped', async () => {
    const said: number[] = [];
    const loop = runActor({
      actor: counter,
      state: 10,
      perform: ({ say }) => void said.push(say),
      onFailure: noFailure,
    });
    loop.replay({ added: 5 });
    expect([loop.state, said]).toEqual([15, []]);
    loop.owe([{ say: 7 }], 'owed');
    await loop.effectsBelow();
    await loop.stop();
    loop.observe({ added: 1 }, 'late');
    await loop.send({ add: 1 }, 'later');
    expect([loop.state, said]).toEqual([15, [7]]);
  });
});
