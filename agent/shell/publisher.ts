/**
 * Carries what attempts produced to the log: to this machine's disk first, then to the server, in the order started,
 * ending, until the server confirmed it. Nobody waits for it but the answer to the item.
 */
import type { Bus } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { SowerEvent, StartedEvent } from '../../shared/protocol/index.ts';
import type { AgentLimits } from '../core/limits.ts';
import type { ModelUpload } from './model-upload.ts';
import type { Outbox } from './outbox.ts';
import type { EndingEvent, OutboxEntry } from './outbox-entry.ts';
import { persist } from './persist.ts';

export interface PublisherOptions {
  readonly bus: Bus;
  readonly outbox: Outbox;
  readonly uploadModel: ModelUpload;
  readonly limits: Pick<AgentLimits, 'retryMs' | 'retryMaxMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

const COMPANY_MS = 5;

export class Publisher {
  private readonly options: PublisherOptions;
  private readonly ended = new AbortController();
  /** `started` events by attempt, with the promise that the server has them. */
  private readonly announced = new Map<
    string,
    { readonly event: StartedEvent; readonly stored: Promise<number | null> }
  >();
  private unsent: (() => void)[] = [];
  private sending: NodeJS.Timeout | null = null;
  private underWay = 0;
  private whenIdle: (() => void)[] = [];

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  /**
   * Publishes `started`; the ending of the same attempt follows it, never overtakes it. It waits some milliseconds for
   * company: where trials are short, the writes to the socket are what costs. Resolves with its place in the log; null
   * where the agent ended before.
   */
  announce(event: StartedEvent): Promise<number | null> {
    const stored = new Promise<void>((send) => this.unsent.push(send)).then(() =>
      this.append(event, `${event.attempt}-started`),
    );
    this.announced.set(event.attempt, { event, stored });
    this.sending ??= setTimeout(() => this.sendAnnounced(), COMPANY_MS);
    return stored;
  }

  /** Stores the ending, calls `onStored`, publishes it; true when the server has it, false when the agent ended before. */
  async settle(ending: EndingEvent, onStored: () => void): Promise<boolean> {
    const announced = this.announced.get(ending.attempt);
    const entry: OutboxEntry = { id: ending.attempt, started: announced?.event ?? null, ending };
    this.underWay += 1;
    try {
      await this.options.outbox.add(entry).catch((error: unknown) => {
        // A full disk must not lose a result that can still be published.
        this.options.log('error', `cannot write to the outbox: ${textOf(error)}`, { attempt: entry.id });
      });
      onStored();
      this.sendAnnounced();
      await announced?.stored;
      return await this.publish(entry);
    } finally {
      this.announced.delete(ending.attempt);
      this.finishOne();
    }
  }

  /** Publishes an entry of an earlier life again: its start too, because that may be what is missing. */
  async replay(entry: OutboxEntry): Promise<boolean> {
    this.underWay += 1;
    try {
      if (entry.started !== null) await this.append(entry.started, `${entry.id}-started`);
      return await this.publish(entry);
    } finally {
      this.finishOne();
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.underWay > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** Ends all waiting; what is not published stays in the outbox for the next start. */
  stop(): void {
    this.sendAnnounced();
    this.ended.abort();
  }

  private sendAnnounced(): void {
    if (this.sending !== null) clearTimeout(this.sending);
    this.sending = null;
    for (const send of this.unsent.splice(0)) send();
  }

  private async publish(entry: OutboxEntry): Promise<boolean> {
    const ending = await this.withModel(entry.ending);
    const seq = await this.append(ending, entry.id);
    if (seq === null) return false;
    this.options.outbox.published(entry.id, seq, this.options.clock.monotonic());
    // Only results are counted; the loss of a failure or a release is found by the coordinator's reconcile step.
    if (ending.kind !== 'result') await this.options.outbox.confirm(entry.id);
    return true;
  }

  private async withModel(ending: EndingEvent): Promise<EndingEvent> {
    if (ending.kind !== 'result' || ending.body.model === null || ending.body.model.uploaded) return ending;
    const uploaded = await this.options.uploadModel(ending.body.model, this.ended.signal);
    return { ...ending, body: { ...ending.body, model: { ...ending.body.model, uploaded } } };
  }

  private async append(event: SowerEvent, id: string): Promise<number | null> {
    const { bus, limits, log } = this.options;
    const stored = await persist(
      () => bus.events.append(event, id),
      limits,
      this.ended.signal,
      (error, tries) => {
        if (tries === 1 || tries % 20 === 0) log('warn', `cannot publish yet: ${textOf(error)}`, { id, tries });
        return 'again';
      },
    );
    return stored === null ? null : stored.seq;
  }

  private finishOne(): void {
    this.underWay -= 1;
    if (this.underWay === 0) for (const wake of this.whenIdle.splice(0)) wake();
  }
}

export function textOf(error: unknown): string {
  if (error instanceof SowerError) return `${error.code} ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
