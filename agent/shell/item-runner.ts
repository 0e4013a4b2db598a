/** Runs one pulled item on one slot: performs what the item's actor asks for, trial after trial, and answers it once. */
import { type RunningActor, runActor } from '../../shared/actor/index.ts';
import type { Delivery } from '../../shared/bus/port.ts';
import { assertNever } from '../../shared/kernel/assert.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { AttemptFailure, WorkItem } from '../../shared/protocol/index.ts';
import { type ItemCommand, type ItemEffect, type ItemEvent, type ItemState, itemActor } from '../core/attempt/item.ts';
import { AttemptRunner } from './attempt-runner.ts';
import type { AgentParts } from './parts.ts';
import { persist } from './persist.ts';
import { textOf } from './publisher.ts';
import { RecordedTrials } from './recorded-trials.ts';
import type { Slot } from './slot.ts';
import type { SweepFile } from './sweep-files.ts';

const ANSWER_TRIES = 5;

export class ItemRunner {
  readonly item: WorkItem;
  /** Resolves when the slot can take another item. */
  readonly slotFreed: Promise<void>;
  /** Resolves when the item was acked, released or abandoned. */
  readonly answered: Promise<void>;
  private delivery: Delivery;
  private readonly slot: Slot;
  private readonly slotNumber: number;
  private readonly parts: AgentParts;
  private readonly actor: RunningActor<ItemCommand, ItemEvent, ItemState, ItemEffect>;
  private readonly recorded: RecordedTrials;
  private readonly attempts = new Set<string>();
  private current: AttemptRunner | null = null;
  private file: SweepFile | null = null;
  private refusal: AttemptFailure | null = null;
  /** Where the log has the first attempt of this item that began here; null before there is one. */
  private firstStarted: Promise<number | null> | null = null;
  /** Another slot may hold the item: nothing is claimed before the log was read. */
  private contested = false;
  private freeSlot: () => void = () => undefined;
  private answer: () => void = () => undefined;

  constructor(delivery: Delivery, slot: Slot, slotNumber: number, parts: AgentParts) {
    this.item = delivery.item;
    this.delivery = delivery;
    this.slot = slot;
    this.slotNumber = slotNumber;
    this.parts = parts;
    this.recorded = new RecordedTrials(delivery.item, parts.bus.done, parts.outbox);
    this.slotFreed = new Promise((resolve) => {
      this.freeSlot = resolve;
    });
    this.answered = new Promise((resolve) => {
      this.answer = resolve;
    });
    this.actor = runActor({
      actor: itemActor(delivery.item.trials.length, parts.limits.openTrials),
      perform: (effect: ItemEffect) => this.perform(effect),
      // What may fail for a while is repeated where it is done; what throws here is a bug.
      retry: () => null,
      onFailure: parts.onFault,
    });
  }

  /** The trial on the slot now. */
  get trial(): string | null {
    return this.current?.trial ?? null;
  }

  isOf({ sweep, item, gen }: WorkItem): boolean {
    return this.item.sweep === sweep && this.item.item === item && this.item.gen === gen;
  }

  /** The server forgot that this agent holds the item and delivered it again: goes on, under the newer delivery. */
  adopt(delivery: Delivery): void {
    this.delivery = delivery;
  }

  /** Fetches the sweep file, then begins with the first trial. */
  async start(): Promise<void> {
    const { limits, ended, log } = this.parts;
    const { sweep, item } = this.item;
    const found = await persist(
      () => this.readFile(),
      limits,
      ended,
      (error, tries) => {
        log('warn', `cannot read sweep ${sweep}: ${textOf(error)}`, { tries });
        return 'again';
      },
    );
    if (found === null) return;
    this.file = found.file;
    this.refusal = found.problem === null ? null : refusalOf(found.problem);
    if (found.problem !== null) log('error', found.problem, { item });
    this.tell({ type: 'begin' });
  }

  /** The sweep's file, and why its item cannot be trained here, if so. */
  private async readFile(): Promise<{ readonly file: SweepFile | null; readonly problem: string | null }> {
    const { item } = this;
    try {
      const file = await this.parts.sweeps.find(item.sweep);
      return { file, problem: problemOf(item, file) };
    } catch (error) {
      if (!hasCode(error, 'E_SWEEP_STORED')) throw error;
      return { file: null, problem: `item ${item.item} names sweep ${item.sweep}: ${error.message}` };
    }
  }

  /** Tells the server that this item is being worked on, unless another slot has it now, or may have. */
  claim(): void {
    if (this.actor.state.mode !== 'superseded' && !this.contested) this.delivery.working();
  }

  /** After the agent was cut off: gives way where another slot started this item later. Claims nothing until it knows. */
  async compareClaims(): Promise<void> {
    const { limits, ended, log } = this.parts;
    this.contested = true;
    const found = await persist(
      async () => ({ rival: await this.findRival() }),
      limits,
      ended,
      (error) => {
        log('debug', `cannot compare claims: ${textOf(error)}`, { item: this.item.item });
        // The log does not reach that far any more, so nothing in it began after us.
        return this.actor.state.mode === 'answered' || hasCode(error, 'E_HISTORY_LOST') ? 'give up' : 'again';
      },
    );
    const rival = found?.rival ?? null;
    this.contested = false;
    if (rival === null) return this.claim();
    log('warn', 'another slot took this item over', { item: this.item.item, by: rival });
    this.tell({ type: 'supersede' });
    this.current?.supersede(rival);
  }

  /** An attempt of another slot that began after the first of ours; null where there is none. */
  private async findRival(): Promise<string | null> {
    const seq = await this.firstStarted;
    if (seq === null) return null;
    for await (const stored of this.parts.bus.events.read({ sweep: this.item.sweep, fromSeq: seq + 1 })) {
      if ('unreadable' in stored || stored.value.kind !== 'started') continue;
      const { item, gen, attempt } = stored.value;
      if (item === this.item.item && gen === this.item.gen && !this.attempts.has(attempt)) return attempt;
    }
    return null;
  }

  /** Gives the item back after the trial in progress reached a chunk border. */
  giveBack(reason: string): void {
    this.tell({ type: 'return' });
    this.current?.stop(reason);
  }

  cancel(): void {
    this.tell({ type: 'cancel' });
    this.current?.stop('the sweep was cancelled');
  }

  private tell(command: ItemCommand): void {
    void this.actor.send(command, this.item.item).then(() => {
      const { mode, slotBusy, next, trialCount } = this.actor.state;
      if (!slotBusy && (mode !== 'working' || next === trialCount)) this.freeSlot();
    }, this.parts.onFault);
  }

  private perform(effect: ItemEffect): Promise<void> {
    switch (effect.type) {
      case 'begin-trial':
        return this.beginTrial(effect.position);
      case 'answer':
        return this.answerItem(effect.answer);
      default:
        return assertNever(effect);
    }
  }

  private async beginTrial(position: number): Promise<void> {
    const recorded = await this.recorded.has(position);
    const needsSlot = !recorded && this.refusal === null;
    if (needsSlot && !(await this.slot.whenIdle(this.parts.limits.slotBackMs))) this.tell({ type: 'return' });
    else if (this.actor.state.mode === 'working') return this.attemptTrial(position, recorded);
    // The slot is gone or the item was taken from us meanwhile: this trial was not begun after all.
    this.tell({ type: 'settle', returned: true });
    this.tell({ type: 'free' });
  }

  private attemptTrial(position: number, recorded: boolean): void {
    const { item, slot, slotNumber } = this;
    const attempt = new AttemptRunner(
      item.trials[position] as number,
      { item, spec: this.file?.spec ?? null, slot, slotNumber },
      {
        announced: (stored) => {
          this.firstStarted ??= stored;
        },
        freed: () => {
          this.current = null;
          this.tell({ type: 'free' });
        },
        settled: (returned) => this.tell({ type: 'settle', returned }),
      },
      this.parts,
    );
    this.attempts.add(attempt.attempt);
    this.current = attempt;
    attempt.begin(recorded, this.refusal);
  }

  private async answerItem(answer: 'ack' | 'release' | 'abandon'): Promise<void> {
    const { limits, ended, log } = this.parts;
    const act = answer === 'ack' ? () => this.delivery.ack() : () => this.delivery.release();
    if (answer !== 'abandon') {
      await persist(act, limits, ended, (error, tries) => {
        if (tries < ANSWER_TRIES) return 'again';
        // The item comes again; whoever pulls it finds its trials in DONE.
        log('warn', `cannot ${answer} item ${this.item.item}: ${textOf(error)}`);
        return 'give up';
      });
    }
    this.freeSlot();
    this.answer();
  }
}

function hasCode(error: unknown, code: string): error is SowerError {
  return error instanceof SowerError && error.code === code;
}

function refusalOf(message: string): AttemptFailure {
  return { cause: 'bad_message', message, code: 'E_ITEM', exitCode: null, signal: null, stderrTail: '' };
}

/** Why an item cannot be trained here, or null. */
function problemOf(item: WorkItem, file: SweepFile | null): string | null {
  if (file === null) return `item ${item.item} names sweep ${item.sweep}, which is not shelved`;
  if (file.entry.hash !== item.specHash) return `item ${item.item} was planned from another file than the shelved one`;
  const beyond = item.trials.find((index) => index >= file.plannedTrials);
  return beyond === undefined ? null : `item ${item.item} names trial ${beyond} of ${file.plannedTrials}`;
}
