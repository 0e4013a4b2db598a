import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus, Delivery } from '../../shared/bus/port.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import type { FailureCause, PresenceEntry, WorkItem } from '../../shared/protocol/index.ts';
import { presenceOf } from './messages.ts';
import { failureOf, resultOf } from './sweep-events.ts';

/** What an agent says of one trial: its result, a failure, or nothing more (it dies there). */
export type Conduct = (trial: number, attempt: string) => 'result' | FailureCause | 'silence';

/**
 * Speaks an agent's part over a real bus, word for word as `reliability` asks for: pull, DONE check, `started`, ending,
 * PubAck, ack. The losses follow from the trial alone.
 */
export class BusAgent implements AsyncDisposable {
  readonly name: string;
  readonly bus: Bus;
  readonly pulled: WorkItem[] = [];
  attempts = 0;
  readonly #startedAt: number;
  readonly #conduct: Conduct;
  readonly #stop = new AbortController();
  #loops: Promise<void>[] = [];

  private constructor(name: string, bus: Bus, startedAt: number, conduct: Conduct) {
    this.name = name;
    this.bus = bus;
    this.#startedAt = startedAt;
    this.#conduct = conduct;
  }

  /** Puts its presence and pulls with `slots` loops. */
  static async start(url: string, name: string, slots: number, conduct: Conduct, startedAt = 1_000): Promise<BusAgent> {
    const bus = await connectBus({ url, name });
    await bus.provision();
    const agent = new BusAgent(name, bus, startedAt, conduct);
    await bus.queue.openPool('default', slots);
    await bus.presence.put(agent.presence(slots));
    agent.#loops = Array.from({ length: slots }, () => agent.#pullLoop());
    return agent;
  }

  presence(slots: number): PresenceEntry {
    const places = Array.from({ length: slots }, (_, slot) => ({ ...presenceOf('').slots[0]!, slot }));
    return {
      ...presenceOf(this.name),
      slots: places,
      startedAt: this.#startedAt,
      metricsAddress: `127.0.0.1:${9_000 + slots}`,
    };
  }

  async #pullLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const delivery = await this.bus.queue.pull('default', 1_000, this.#stop.signal);
      if (delivery === null) continue;
      this.pulled.push(delivery.item);
      if (!(await this.#work(delivery))) return;
    }
  }

  /** False where the slot died over it. */
  async #work(delivery: Delivery): Promise<boolean> {
    const { sweep, item, gen, trials } = delivery.item;
    for (const index of trials) {
      const trial = trialId(index);
      if ((await this.bus.done.get(sweep, trial)) !== null) continue;
      const attempt = `${this.name}-${this.#startedAt.toString(36)}-${++this.attempts}`;
      const envelope = { v: 1, sweep, author: this.name, at: Date.now(), trial, attempt } as const;
      await this.bus.events.append({ ...envelope, kind: 'started', item, gen, slot: 0 }, `${attempt}:started`);
      const conduct = this.#conduct(index, attempt);
      if (conduct === 'silence') return false;
      const ending =
        conduct === 'result'
          ? ({
              ...envelope,
              kind: 'result',
              body: resultOf({ seconds: 0.2, metrics: { val_loss: lossOf(index) } }),
            } as const)
          : ({ ...envelope, kind: 'failed', body: failureOf(conduct) } as const);
      await this.bus.events.append(ending, `${attempt}:ended`);
    }
    // An item whose ack is not confirmed comes again and is skipped by its DONE records.
    await delivery.ack().catch(() => undefined);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.bus.close();
  }
}

export function lossOf(trial: number): number {
  return 1 + ((trial * 7) % 13) / 13;
}
