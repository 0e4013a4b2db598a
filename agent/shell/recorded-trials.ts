/**
 * Which trials of an item need no training: their result is in DONE, or lies in our outbox and was published for this very
 * item (the coordinator has not come to it yet).
 *
 * Every delivery is checked. How often a message was delivered is no proof of a first time: 2.9 servers forget their count,
 * and confirmed acks too, when they are killed.
 *
 * A large item (short trials; about a second of work in all) is probed first. Its trials run in order, so an earlier
 * delivery left a record of the first ones unless just those failed; where the probes find nothing, the rest is not asked
 * for. What slips through costs less than that second and is not counted twice, because DONE admits one record.
 */
import type { DoneLedger } from '../../shared/bus/port.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import type { WorkItem } from '../../shared/protocol/index.ts';
import type { Outbox } from './outbox.ts';

/** Items of more trials than this are probed. */
const SMALL_ITEM = 8;
/** Trials are asked for this many at once, so that the answer is there when the slot is free. */
const CHECK_AHEAD = 32;

export class RecordedTrials {
  private readonly item: WorkItem;
  private readonly done: Pick<DoneLedger, 'get'>;
  private readonly outbox: Pick<Outbox, 'hasPublishedResult'>;
  private readonly asked: Promise<boolean>[] = [];
  private probe: Promise<boolean> | null = null;

  constructor(item: WorkItem, done: Pick<DoneLedger, 'get'>, outbox: Pick<Outbox, 'hasPublishedResult'>) {
    this.item = item;
    this.done = done;
    this.outbox = outbox;
  }

  async has(position: number): Promise<boolean> {
    if (this.isPublished(position)) return true;
    if (this.item.trials.length > SMALL_ITEM) {
      this.probe ??= this.findAny([0, 1, this.item.trials.length - 1]);
      if (!(await this.probe)) return false;
    }
    if (position + CHECK_AHEAD / 2 >= this.asked.length) this.askUntil(this.asked.length + CHECK_AHEAD);
    return this.asked[position] as Promise<boolean>;
  }

  private async findAny(positions: readonly number[]): Promise<boolean> {
    if (positions.some((position) => this.isPublished(position))) return true;
    return (await Promise.all(positions.map((position) => this.ask(position)))).includes(true);
  }

  private askUntil(end: number): void {
    for (let i = this.asked.length; i < Math.min(end, this.item.trials.length); i++) this.asked[i] = this.ask(i);
  }

  /** Unknown counts as not recorded: the trial may run twice, and DONE still counts it once. */
  private ask(position: number): Promise<boolean> {
    return this.done.get(this.item.sweep, this.trialAt(position)).then(
      (record) => record !== null,
      () => false,
    );
  }

  private isPublished(position: number): boolean {
    const { sweep, item, gen } = this.item;
    return this.outbox.hasPublishedResult(sweep, this.trialAt(position), item, gen);
  }

  private trialAt(position: number): string {
    return trialId(this.item.trials[position] as number);
  }
}
