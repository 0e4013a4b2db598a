import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds until the next try after `tries` failed ones, or null to give up. */
export type RetryPolicy = (error: unknown, tries: number) => number | null;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Doubles from 100 ms to 5 s and never gives up: an effect follows from an event that did happen. */
export const RETRY_FOREVER: RetryPolicy = (_error, tries) =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 16));

export interface EffectPoolOptions<Effect> {
  readonly perform: (effect: Effect, id: string) => Promise<void> | void;
  readonly laneOf: (effect: Effect) => string | null;
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  readonly onFailure: (error: unknown) => void;
}

interface Job<Effect> {
  readonly effect: Effect;
  readonly id: string;
}

/** Performs effects: at most `concurrency` at once, those of one lane one after another, each until it succeeds. */
export class EffectPool<Effect> {
  readonly #options: EffectPoolOptions<Effect>;
  readonly #stop = new AbortController();
  #waiting: Job<Effect>[] = [];
  #waitingFrom = 0;
  readonly #lanes = new Map<string, Job<Effect>[]>();
  #laned = 0;
  #running = 0;
  #watchers: { readonly open: number; readonly resolve: () => void }[] = [];

  constructor(options: EffectPoolOptions<Effect>) {
    this.#options = options;
  }

  get open(): number {
    return this.#running + this.#laned + this.#waiting.length - this.#waitingFrom;
  }

  start(effect: Effect, id: string): void {
    if (this.#stop.signal.aborted) return;
    const lane = this.#options.laneOf(effect);
    const job = { effect, id };
    const queue = lane === null ? undefined : this.#lanes.get(lane);
    if (queue !== undefined) {
      queue.push(job);
      this.#laned++;
      return;
    }
    if (lane !== null) this.#lanes.set(lane, []);
    this.#waiting.push(job);
    this.#fill();
  }

  below(open: number): Promise<void> {
    if (this.open <= open || this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ open, resolve }));
  }

  async stop(): Promise<void> {
    this.#waiting = [];
    this.#waitingFrom = 0;
    this.#lanes.clear();
    this.#laned = 0;
    const ended = this.below(0);
    this.#stop.abort();
    await ended;
  }

  #fill(): void {
    while (this.#running < this.#options.concurrency && this.#waitingFrom < this.#waiting.length) {
      const job = this.#waiting[this.#waitingFrom++] as Job<Effect>;
      if (this.#waitingFrom >= 1024 && this.#waitingFrom * 2 >= this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#waitingFrom);
        this.#waitingFrom = 0;
      }
      this.#running++;
      void this.#run(job);
    }
  }

  async #run(job: Job<Effect>): Promise<void> {
    await this.#untilDone(job);
    const lane = this.#options.laneOf(job.effect);
    const queue = lane === null ? undefined : this.#lanes.get(lane);
    if (queue !== undefined && lane !== null) {
      const next = queue.shift();
      if (next === undefined) this.#lanes.delete(lane);
      else {
        this.#laned--;
        this.#waiting.push(next);
      }
    }
    this.#running--;
    this.#fill();
    this.#tellWatchers();
  }

  async #untilDone({ effect, id }: Job<Effect>): Promise<void> {
    for (let tries = 1; !this.#stop.signal.aborted; tries++) {
      try {
        await this.#options.perform(effect, id);
        return;
      } catch (error) {
        const pauseMs = this.#options.retry(error, tries);
        if (pauseMs === null) {
          this.#options.onFailure(error);
          return;
        }
        await pause(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  #tellWatchers(): void {
    if (this.#watchers.length === 0) return;
    const { open } = this;
    const due = this.#watchers.filter((watcher) => open <= watcher.open);
    if (due.length === 0) return;
    this.#watchers = this.#watchers.filter((watcher) => open > watcher.open);
    for (const watcher of due) watcher.resolve();
  }
}
