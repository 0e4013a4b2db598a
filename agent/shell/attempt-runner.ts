/** Performs what the actor of one attempt asks for: training on the slot, reports, and the way of its ending. */
import { type RunningActor, runActor } from '../../shared/actor/index.ts';
import { assertNever } from '../../shared/kernel/assert.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import { type AttemptFailure, PROTOCOL_VERSION, type WorkItem } from '../../shared/protocol/index.ts';
import { type SweepSpec, type TrainSpec, type Trial, trialAt } from '../../shared/sweep/index.ts';
import {
  type AttemptCommand,
  type AttemptEffect,
  type AttemptEvent,
  type AttemptState,
  attemptActor,
  type Ending,
  type Progress,
} from '../core/attempt/attempt.ts';
import { fitResult } from '../core/attempt/fit-result.ts';
import { trialFolder } from './home.ts';
import type { EndingEvent } from './outbox-entry.ts';
import type { AgentParts } from './parts.ts';
import type { Slot } from './slot.ts';
import type { SlotNews } from './slot-protocol.ts';

export interface AttemptPlace {
  readonly item: WorkItem;
  /** Null only where the attempt is refused. */
  readonly spec: SweepSpec | null;
  readonly slot: Slot;
  readonly slotNumber: number;
}

export interface AttemptListener {
  /** Its start is on the way to the log; `stored` is its place there, null where the agent ended before. */
  announced(stored: Promise<number | null>): void;
  /** The slot can take the next trial. */
  freed(): void;
  /** Nothing is left to do. `returned`: the trial was given back unfinished. */
  settled(returned: boolean): void;
}

export class AttemptRunner {
  readonly attempt: string;
  readonly trial: string;
  private readonly index: number;
  private readonly place: AttemptPlace;
  private readonly listener: AttemptListener;
  private readonly parts: AgentParts;
  private readonly actor: RunningActor<AttemptCommand, AttemptEvent, AttemptState, AttemptEffect>;
  /** Fires when a trial that still waits for its data shall not begin. */
  private readonly unwanted = new AbortController();

  constructor(index: number, place: AttemptPlace, listener: AttemptListener, parts: AgentParts) {
    this.attempt = parts.nextAttemptId();
    this.trial = trialId(index);
    this.index = index;
    this.place = place;
    this.listener = listener;
    this.parts = parts;
    this.actor = runActor({
      actor: attemptActor(this.attempt),
      perform: (effect: AttemptEffect) => this.perform(effect),
      // What may fail for a while is repeated where it is done; what throws here is a bug.
      retry: () => null,
      onFailure: parts.onFault,
    });
  }

  get progress(): Progress | null {
    return this.actor.state.progress;
  }

  /** `recorded`: DONE names the trial; `refusal`: it cannot be trained. */
  begin(recorded: boolean, refusal: AttemptFailure | null): void {
    this.tell({ type: 'begin', recorded, refusal });
  }

  stop(reason: string): void {
    this.tell({ type: 'stop', reason });
  }

  supersede(by: string): void {
    this.tell({ type: 'supersede', by });
  }

  private readonly tell = (command: AttemptCommand): void => {
    void this.actor.send(command, this.attempt).catch(this.parts.onFault);
  };

  private perform(effect: AttemptEffect): void | Promise<void> {
    switch (effect.type) {
      case 'announce':
        return this.announce();
      case 'train':
        return this.train();
      case 'forward-report':
        return this.forwardReport(effect.progress);
      case 'stop-training':
        this.unwanted.abort();
        return this.place.slot.stop(this.attempt);
      case 'store':
        return this.settle(effect.ending);
      case 'free-slot':
        this.parts.telemetry.trialEnded(this.place.slotNumber);
        return this.listener.freed();
      case 'settle':
        return this.listener.settled(effect.returned);
      default:
        return assertNever(effect);
    }
  }

  private announce(): void {
    const { item, gen } = this.place.item;
    const { slotNumber } = this.place;
    const started = { ...this.envelope(), kind: 'started', item, gen, slot: slotNumber } as const;
    this.listener.announced(this.parts.publisher.announce(started));
  }

  private train(): void {
    const { item, spec, slotNumber } = this.place;
    if (spec === null) throw new Error('invariant broken: an attempt began without its sweep');
    const trial = trialAt(spec, this.index);
    this.parts.telemetry.trialStarted(slotNumber, item.sweep, this.trial);
    const preparing = this.parts.dataFiles.prepare(spec, trial);
    if (preparing === null) this.order(spec, trial);
    else void this.orderWhenReady(preparing, spec, trial).catch(this.parts.onFault);
  }

  private async orderWhenReady(
    preparing: Promise<AttemptFailure | null>,
    spec: SweepSpec,
    trial: Trial,
  ): Promise<void> {
    const { attempt, unwanted, parts } = this;
    const failure = await Promise.race([preparing, fired(unwanted.signal)]);
    if (parts.ended.aborted) return;
    if (failure !== null && failure !== 'fired') return this.tell({ type: 'fail', attempt, failure });
    // Its process may have died meanwhile.
    const ready = !unwanted.signal.aborted && (await this.place.slot.whenIdle(parts.limits.slotBackMs));
    if (ready && !unwanted.signal.aborted) this.order(spec, trial);
    else this.tell({ type: 'stopped', attempt });
  }

  private order(spec: SweepSpec, trial: Trial): void {
    const { item, slot } = this.place;
    slot.train(
      {
        type: 'train',
        attempt: this.attempt,
        sweep: item.sweep,
        spec: trainSpecOf(spec),
        trial,
        folder: trialFolder(this.parts.home, item.sweep, this.trial),
      },
      {
        news: (news) => {
          const command = commandOf(news);
          if (command !== null) this.tell(command);
        },
        crash: (failure) => {
          this.tell({ type: 'crash', failure: this.parts.crashes.judge(item.sweep, this.trial, failure) });
        },
      },
    );
  }

  private forwardReport(progress: Progress): void {
    const { telemetry, bus, clock, agent } = this.parts;
    const { item, slotNumber: slot } = this.place;
    telemetry.reported(slot, progress);
    bus.reports.publish({
      v: PROTOCOL_VERSION,
      sweep: item.sweep,
      agent,
      trial: this.trial,
      attempt: this.attempt,
      slot,
      ...progress,
      at: clock.now(),
    });
  }

  private async settle(ending: Ending): Promise<void> {
    const { publisher, telemetry } = this.parts;
    telemetry.attemptEnded(outcomeOf(ending));
    const published = await publisher.settle(this.endingEvent(ending), () => this.tell({ type: 'store' }));
    if (published) this.tell({ type: 'publish' });
  }

  private endingEvent(ending: Ending): EndingEvent {
    switch (ending.type) {
      case 'result':
        return { ...this.envelope(), kind: 'result', body: fitResult(ending.result, this.parts.limits.eventBytes) };
      case 'failed':
        return { ...this.envelope(), kind: 'failed', body: ending.failure };
      case 'released':
        return { ...this.envelope(), kind: 'released', reason: ending.reason };
      default:
        return assertNever(ending);
    }
  }

  private envelope() {
    const { agent: author, clock } = this.parts;
    const { sweep } = this.place.item;
    return { v: PROTOCOL_VERSION, sweep, author, at: clock.now(), trial: this.trial, attempt: this.attempt } as const;
  }
}

function fired(signal: AbortSignal): Promise<'fired'> {
  if (signal.aborted) return Promise.resolve('fired');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('fired'), { once: true }));
}

/** Only what training needs: an order crosses the process border for every trial, and seeds can be many. */
function trainSpecOf({ name, objective, train }: SweepSpec): TrainSpec {
  return { name, objective, train };
}

function outcomeOf(ending: Ending): string {
  if (ending.type === 'result') return ending.result.outcome;
  return ending.type === 'failed' ? ending.failure.cause : 'released';
}

/** What the slot says, as the attempt's actor hears it. */
function commandOf(news: SlotNews): AttemptCommand | null {
  switch (news.type) {
    case 'report': {
      const { attempt, epoch, epochs, metrics, samplesPerSecond } = news;
      return { type: 'report', attempt, progress: { epoch, epochs, metrics, samplesPerSecond } };
    }
    case 'result':
      return { type: 'result', attempt: news.attempt, result: news.result };
    case 'failed':
      return { type: 'fail', attempt: news.attempt, failure: news.failure };
    case 'stopped':
      return { type: 'stopped', attempt: news.attempt };
    case 'ready':
    case 'note':
      return null;
    default:
      return assertNever(news);
  }
}
