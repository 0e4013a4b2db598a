/**
 * Looks after what lies in the outbox: replays it at the start and whenever the server lost history, and lets go of it
 * when the coordinator counted it and the server had time to write it to its disk.
 */
import type { Bus, LogHead } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { AgentLimits } from '../core/limits.ts';
import type { Outbox, OutboxRecord } from './outbox.ts';
import { type Publisher, textOf } from './publisher.ts';
import type { SweepFiles } from './sweep-files.ts';

export interface OutboxKeeperOptions {
  readonly bus: Bus;
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  readonly sweeps: SweepFiles;
  readonly limits: Pick<AgentLimits, 'outboxKeepMs' | 'outboxCheckCount'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Entries replayed at once. */
const WINDOW = 32;
const COUNT_EVERY_MS = 60_000;

export class OutboxKeeper {
  private readonly options: OutboxKeeperOptions;
  private head: LogHead | null = null;
  private busy = false;
  private asked = 0;
  private readonly countedAt = new Map<string, number>();

  constructor(options: OutboxKeeperOptions) {
    this.options = options;
  }

  /** What an earlier life left: let go of what is counted, say the rest again. Resolves with the number said again. */
  async replayLeft(): Promise<number> {
    const { outbox, bus } = this.options;
    const left = [...outbox.records()];
    const uncounted = new Set<string>();
    await inWindows(left, async (record) => {
      if (await isCounted(bus, record)) await outbox.confirm(record.id);
      else uncounted.add(record.id);
    });
    await this.replay(uncounted);
    return uncounted.size;
  }

  /** One round: notice lost history, then let go of what is counted. Never rejects. */
  async check(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.compareHead();
      await this.letGo();
    } catch (error) {
      this.options.log('debug', `outbox check put off: ${textOf(error)}`);
    } finally {
      this.busy = false;
    }
  }

  private async compareHead(): Promise<void> {
    const { bus, outbox, log } = this.options;
    let lastSeq = this.head?.lastSeq ?? 0;
    for (const record of outbox.records()) lastSeq = Math.max(lastSeq, record.published?.seq ?? 0);
    const head = await bus.events.head();
    const lost = head.lastSeq < lastSeq || (this.head !== null && this.head.created !== head.created);
    this.head = head;
    if (!lost) return;
    const all = new Set([...outbox.records()].map((record) => record.id));
    log('warn', 'the server lost part of its log; publishing the outbox again', {
      expected: lastSeq,
      found: head.lastSeq,
      entries: all.size,
    });
    await this.replay(all);
  }

  private async replay(ids: ReadonlySet<string>): Promise<void> {
    if (ids.size === 0) return;
    const entries = await this.options.outbox.entries(ids);
    await inWindows(entries, async (entry) => {
      await this.options.publisher.replay(entry);
    });
  }

  private async letGo(): Promise<void> {
    const { outbox, clock, limits, bus } = this.options;
    const ripe: OutboxRecord[] = [];
    const before = clock.monotonic() - limits.outboxKeepMs;
    for (const record of outbox.records()) {
      if (record.published !== null && record.published.at <= before) ripe.push(record);
    }
    if (ripe.length === 0) return;
    const many = ripe.length > limits.outboxCheckCount;
    const complete = many ? await this.completeSweeps(new Set(ripe.map((record) => record.sweep))) : new Set<string>();
    for (const record of ripe) if (complete.has(record.sweep)) await outbox.confirm(record.id);
    const single = ripe.filter((record) => !complete.has(record.sweep));
    // Starts where the last round ended: trials that are never counted must not keep the others from being asked for.
    const from = this.asked % Math.max(1, single.length);
    const round = [...single.slice(from), ...single.slice(0, from)].slice(0, limits.outboxCheckCount);
    this.asked += round.length;
    await inWindows(round, async (record) => {
      if (await isCounted(bus, record)) await outbox.confirm(record.id);
    });
  }

  /**
   * A sweep with as many records as trials has counted everything: one question instead of one for each trial. The server
   * lists every subject to answer it (half a second for 150,000), so it is asked rarely.
   */
  private async completeSweeps(sweeps: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const complete = new Set<string>();
    const now = this.options.clock.monotonic();
    for (const sweep of sweeps) {
      if (now - (this.countedAt.get(sweep) ?? Number.NEGATIVE_INFINITY) < COUNT_EVERY_MS) continue;
      const file = await this.options.sweeps.find(sweep);
      if (file === null) continue;
      this.countedAt.set(sweep, now);
      if ((await this.options.bus.done.count(sweep)) >= file.plannedTrials) complete.add(sweep);
    }
    return complete;
  }
}

/** A record that cannot be read counts too: the server admits no other beside it. */
async function isCounted(bus: Bus, record: OutboxRecord): Promise<boolean> {
  try {
    return (await bus.done.get(record.sweep, record.trial)) !== null;
  } catch (error) {
    if (error instanceof SowerError && error.code === 'E_BAD_RECORD') return true;
    throw error;
  }
}

async function inWindows<T>(values: readonly T[], each: (value: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < values.length; i += WINDOW) await Promise.all(values.slice(i, i + WINDOW).map(each));
}
