import { assertNever } from '../../shared/kernel/assert.ts';
import { itemId } from '../../shared/kernel/ids.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/index.ts';
import { trialAt } from '../../shared/sweep/index.ts';
import { type Decision, doneRecord, type SweepEffect, undecidedTrials } from '../core/sweep/index.ts';
import type { RunnerContext, SweepDesk } from './runner-context.ts';

/** Performs one effect of a sweep on the bus; safe to repeat. */
export async function performSweepEffect(context: RunnerContext, desk: SweepDesk, effect: SweepEffect): Promise<void> {
  const { sweep, hash } = desk.facts;
  const { bus } = context;
  switch (effect.type) {
    case 'enqueue': {
      const { item, gen, pool, trials } = effect;
      const work = { v: PROTOCOL_VERSION, sweep, item: itemId(item), gen, pool, specHash: hash } as const;
      await bus.queue.enqueue({ ...work, trials: [...trials] });
      return desk.feed({ type: 'queued', item, gen }, `${sweep}:${itemId(item)}:${gen}`);
    }
    case 'unqueue':
      await bus.queue.remove(effect.pool, sweep, itemId(effect.item), effect.gen - 1);
      return;
    case 'record':
      return record(context, desk, effect.decision);
    case 'halt':
      bus.control.orderStop(sweep);
      await bus.queue.removeSweep(sweep);
      return;
    case 'withdraw':
      return withdraw(context, desk);
    default:
      return assertNever(effect);
  }
}

async function record(context: RunnerContext, desk: SweepDesk, decision: Decision): Promise<void> {
  const { bus, journal, clock } = context;
  const { sweep } = desk.facts;
  const trial = trialAt(desk.spec, decision.trial);
  const written = doneRecord(sweep, trial, decision, context.fence(), clock.now());
  journal.append({ k: 'done', seq: decision.seq, record: written });
  if ((await bus.done.record(written)) === 'recorded') context.onDecided(desk.facts, decision);
  desk.feed({ type: 'recorded', trial: decision.trial }, `${sweep}:${trial.id}:recorded`);
}

/** Withdraws every undecided trial of a cancelled sweep, a window at a time. */
async function withdraw({ limits }: RunnerContext, desk: SweepDesk): Promise<void> {
  const { sweep } = desk.facts;
  for (let from = 0; ; ) {
    const trials = undecidedTrials(desk.state, from, limits.withdrawTrials);
    if (trials.length === 0) return;
    from = (trials[trials.length - 1] ?? from) + 1;
    desk.feed({ type: 'withdrawn', trials }, `${sweep}:withdrawn:${from}`);
    // This effect is one of those that are open.
    await desk.effectsBelow(limits.effects / 2);
  }
}
