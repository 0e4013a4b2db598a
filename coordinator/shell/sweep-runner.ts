import { type RunningActor, runActor } from '../../shared/actor/index.ts';
import { bootOfAttempt, indexOfId, itemId } from '../../shared/kernel/ids.ts';
import type { SowerEvent, SweepEntry } from '../../shared/protocol/index.ts';
import { plannedTrials, readSpec, type SweepSpec } from '../../shared/sweep/index.ts';
import {
  at,
  byteAt,
  type Decision,
  entries,
  isFinal,
  owedEffects,
  type SweepCommand,
  type SweepEffect,
  type SweepEvent,
  type SweepFacts,
  type SweepState,
  sweepActor,
} from '../core/sweep/index.ts';
import type { RunnerContext, SweepDesk } from './runner-context.ts';
import { performSweepEffect } from './sweep-effects.ts';

type Loop = RunningActor<SweepCommand, SweepEvent, SweepState, SweepEffect>;

/** One sweep of a session: its actor in the loop, its events from the log, its effects on the bus. */
export class SweepRunner implements SweepDesk {
  readonly entry: SweepEntry;
  readonly spec: SweepSpec;
  readonly facts: SweepFacts;
  readonly #context: RunnerContext;
  readonly #loop: Loop;
  #live = false;
  #planning = false;
  #planAgain = false;

  constructor(context: RunnerContext, entry: SweepEntry, saved?: SweepState) {
    this.#context = context;
    this.entry = entry;
    this.spec = readSpec(entry.spec);
    this.facts = factsOf(entry, this.spec);
    this.#loop = runActor({
      actor: sweepActor(this.facts),
      ...(saved === undefined ? {} : { state: saved }),
      append: async (events) => {
        const { bus, progress } = context;
        const stored = events.map(({ id, value }) =>
          value.type === 'logged' ? bus.events.append(value.event, id) : null,
        );
        const seqs = await Promise.all(stored);
        await progress.reached(Math.max(...seqs.map((one) => one?.seq ?? 0)));
      },
      perform: (effect) => performSweepEffect(context, this, effect),
      // Generations of one item follow each other into the queue.
      laneOf: (effect) => ('item' in effect ? `item ${effect.item}` : null),
      concurrency: context.limits.effects,
      onFailure: context.onFailure,
    });
  }

  get state(): SweepState {
    return this.#loop.state;
  }

  /** Folds the past; `recordedBefore`: the trial has its record. */
  replay(seq: number, event: SowerEvent, recordedBefore: (trial: number) => boolean): void {
    this.#loop.replay({ type: 'logged', seq, at: this.#context.clock.now(), event });
    const trial = indexOfId(event.trial);
    if (trial !== null && recordedBefore(trial)) this.#loop.replay({ type: 'recorded', trial });
  }

  adopt(trial: number, outcome: Decision['outcome'], attempts: number): void {
    this.#loop.replay({ type: 'adopted', trial, outcome, attempts });
  }

  isDecided(trial: number): boolean {
    return isFinal(byteAt(this.state.status, trial));
  }

  /** The past is folded: performs what it owes. Whether the queue holds the open items shows at the next comparison. */
  goLive(): void {
    for (const [item, { gen }] of entries(this.state.items)) this.#loop.replay({ type: 'queued', item, gen });
    this.#live = true;
    this.#loop.owe(owedEffects(this.state), `${this.facts.sweep}@${this.state.seq}:owed`);
    this.plan();
  }

  observe(seq: number, event: SowerEvent): void {
    this.feed({ type: 'logged', seq, at: this.#context.clock.now(), event }, `${this.facts.sweep}@${seq}`);
    if (event.kind === 'released') this.#context.onDoubt();
  }

  feed(event: SweepEvent, id: string): void {
    this.#loop.observe(event, id);
    if (event.type !== 'queued') this.plan();
  }

  /** Resolves when few enough effects wait that more of the log can be folded. */
  async roomForMore(): Promise<void> {
    const { effectsWaiting } = this.#context.limits;
    if (this.#loop.effectsOpen > effectsWaiting) await this.#loop.effectsBelow(effectsWaiting / 2);
  }

  effectsBelow(open: number): Promise<void> {
    return this.#loop.effectsBelow(open);
  }

  submit(): Promise<void> {
    return this.#loop.send({ type: 'submit', at: this.#context.clock.now() }, `${this.facts.sweep}:submit`);
  }

  cancel(reason: string): Promise<void> {
    return this.#loop.send({ type: 'cancel', at: this.#context.clock.now(), reason }, `${this.facts.sweep}:cancel`);
  }

  /** Plans what fits into the window, once for any number of calls in between. */
  plan(): void {
    this.#planAgain = true;
    if (!this.#live || this.#planning || this.state.phase === 'finished') return;
    this.#planning = true;
    setImmediate(() => void this.#planNow());
  }

  async #planNow(): Promise<void> {
    const { clock, slots } = this.#context;
    try {
      while (this.#planAgain) {
        this.#planAgain = false;
        const command: SweepCommand = { type: 'plan', at: clock.now(), slots: slots(this.facts.pool) };
        await this.#loop.send(command, `${this.facts.sweep}@${this.state.seq}:plan`);
      }
    } catch (error) {
      this.#context.onFailure(error);
    } finally {
      this.#planning = false;
    }
  }

  /** Ends the open attempts that `hasEnded` knows to be over; `cause` makes the events' ids. */
  async lose(hasEnded: (agent: string, boot: number | null) => boolean, cause: string): Promise<void> {
    const attempts = new Set<string>();
    for (const [, trial] of entries(this.state.trials)) {
      for (const attempt of trial.attempts) {
        if (attempt.open && hasEnded(attempt.agent, bootOfAttempt(attempt.id))) attempts.add(attempt.id);
      }
    }
    if (attempts.size === 0) return;
    const command: SweepCommand = { type: 'lose', at: this.#context.clock.now(), attempts };
    await this.#loop.send(command, `${this.facts.sweep}:lose:${cause}`);
  }

  /**
   * Compares open items with the queue. An item counts as missing only if it was confirmed before the queue was read, and
   * is still open when everything stored until then is folded: a slot publishes endings before it acknowledges the item.
   */
  async reconcile(cause: string): Promise<void> {
    const { bus, progress, clock } = this.#context;
    const missing = new Set<string>();
    for (const [item, { gen, queued }] of entries(this.state.items)) if (queued) missing.add(`${itemId(item)}/${gen}`);
    if (missing.size === 0) return;
    for (const { item, gen } of await bus.queue.stored(this.facts.sweep)) missing.delete(`${item}/${gen}`);
    if (missing.size === 0) return;
    await progress.reached((await bus.events.head()).lastSeq);
    const command: SweepCommand = { type: 'reconcile', at: clock.now(), suspects: missing };
    await this.#loop.send(command, `${this.facts.sweep}:reconcile:${cause}`);
  }

  /** Trials of open items that no slot has started. */
  get waitingTrials(): number {
    return this.state.totals.byStatus.queued;
  }

  hasTrial(trial: number): boolean {
    return at(this.state.trials, trial) !== undefined;
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }
}

function factsOf(entry: SweepEntry, spec: SweepSpec): SweepFacts {
  return {
    sweep: entry.sweep,
    hash: entry.hash,
    pool: spec.pool,
    planned: plannedTrials(spec),
    objective: spec.objective.name,
    goal: spec.objective.goal,
  };
}
