/**
 * One slot: a child process that trains one trial at a time, started again when it dies.
 *
 *     starting ──ready──> idle ──train──> busy ──news──> idle
 *     any ──exit──> starting (after a pause that doubles while it keeps dying)
 *     any ──close()──> closed
 *
 * The child leads its own process group, so a Ctrl-C meant for the agent does not reach it and a kill takes what the
 * trial started along. When the agent dies, the IPC channel closes and the child leaves by itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { keepingFreedMemory } from '../../shared/process/freed-memory.ts';
import type { AttemptFailure } from '../../shared/protocol/index.ts';
import { failureOfExit, type SlotExit } from '../core/attempt/exit-cause.ts';
import type { AgentLimits } from '../core/limits.ts';
import { countMemoryKills } from './memory-kills.ts';
import type { SlotNews, SlotOrder, SlotSettings } from './slot-protocol.ts';

/** Of a dead process's last words, what goes into the log; the failure event has more. */
const LOGGED_CHARS = 600;

export type SlotProcessState = 'starting' | 'idle' | 'busy' | 'closed';

export interface SlotOptions {
  readonly entry: string;
  readonly settings: SlotSettings;
  readonly limits: Pick<AgentLimits, 'attemptMs' | 'stallMs' | 'restartMs' | 'restartMaxMs' | 'stderrTailChars'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The slot's state changed. */
  readonly onChange: () => void;
}

export interface SlotListener {
  news(news: SlotNews): void;
  /** The process died under the attempt. */
  crash(failure: AttemptFailure): void;
}

type TrainOrder = Extract<SlotOrder, { readonly type: 'train' }>;

interface Attempt {
  readonly id: string;
  readonly listener: SlotListener;
  readonly startedAt: number;
  newsAt: number;
}

export class Slot {
  state: SlotProcessState = 'starting';
  private readonly options: SlotOptions;
  private child: ChildProcess | null = null;
  private attempt: Attempt | null = null;
  private stderrTail = '';
  private killedFor: SlotExit['killedFor'] = null;
  private memoryKills = 0;
  private deaths = 0;
  private restart: NodeJS.Timeout | null = null;
  private readonly watch: NodeJS.Timeout;
  private readonly waitingForIdle = new Set<() => void>();
  private closed: (() => void) | null = null;

  constructor(options: SlotOptions) {
    this.options = options;
    this.watch = setInterval(() => this.watchTime(), Math.min(1000, options.limits.stallMs / 4)).unref();
    this.start();
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** True when the slot is idle; false after `waitMs` or when it is closed. */
  async whenIdle(waitMs: number): Promise<boolean> {
    if (this.state === 'idle' || this.state === 'closed') return this.state === 'idle';
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waitingForIdle.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.waitingForIdle.add(wake);
    });
    return (this.state as SlotProcessState) === 'idle';
  }

  /** Only when idle. The listener hears of this attempt until it ended. */
  train(order: TrainOrder, listener: SlotListener): void {
    const now = this.options.clock.monotonic();
    this.attempt = { id: order.attempt, listener, startedAt: now, newsAt: now };
    this.killedFor = null;
    this.become('busy');
    this.send(order);
  }

  stop(attempt: string): void {
    if (this.attempt?.id === attempt) this.send({ type: 'stop', attempt });
  }

  /** Ends the process now, with everything it started. */
  kill(): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.child?.kill('SIGKILL');
    }
  }

  /** Asks the process to leave; kills it after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    if (this.restart !== null) clearTimeout(this.restart);
    clearInterval(this.watch);
    this.become('closed');
    if (this.child === null) return;
    const gone = new Promise<void>((resolve) => {
      this.closed = resolve;
    });
    this.send({ type: 'exit' });
    const timer = setTimeout(() => this.kill(), graceMs);
    await gone;
    clearTimeout(timer);
  }

  private start(): void {
    const { settings, log } = this.options;
    this.restart = null;
    this.stderrTail = '';
    this.memoryKills = countMemoryKills();
    try {
      this.follow(this.fork());
    } catch (error) {
      // No memory or no process to be had; that passes.
      log(
        'error',
        `slot ${settings.slot}: cannot start its process: ${error instanceof Error ? error.message : error}`,
      );
      this.scheduleRestart();
    }
  }

  private fork(): ChildProcess {
    const { entry, settings } = this.options;
    return fork(entry, [], {
      serialization: 'advanced',
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...keepingFreedMemory(process.env), ...visibleGpu(settings), SOWER_SLOT: JSON.stringify(settings) },
    });
  }

  private follow(child: ChildProcess): void {
    const { settings, limits } = this.options;
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderrTail = (this.stderrTail + text).slice(-limits.stderrTailChars);
      this.options.log('debug', 'slot says', { slot: settings.slot, text: text.trimEnd() });
      for (const [, warning] of text.matchAll(/^warning: (.+)$/gm)) {
        this.options.log('warn', warning as string, { slot: settings.slot });
      }
    });
    child.on('message', (news) => this.hear(news as SlotNews));
    child.on('error', (error) => this.options.log('error', `slot ${settings.slot}: ${error.message}`));
    // `close` and not `exit`: the last words on stderr have arrived.
    child.once('close', (exitCode, signal) => this.bury(child, exitCode, signal));
  }

  private send(order: SlotOrder): void {
    // A closed channel shows as `close` soon after; what was under way is reported there.
    if (this.child?.connected === true) this.child.send(order, () => undefined);
  }

  private hear(news: SlotNews): void {
    if (news.type === 'ready') {
      this.options.log('debug', 'slot ready', { slot: this.options.settings.slot, ...news });
      if (this.state === 'starting') this.become('idle');
      return;
    }
    if (news.type === 'note') {
      this.options.log('info', news.line, { slot: this.options.settings.slot });
      return;
    }
    const attempt = this.attempt;
    if (attempt === null || attempt.id !== news.attempt) return;
    attempt.newsAt = this.options.clock.monotonic();
    if (news.type !== 'report') {
      this.attempt = null;
      this.deaths = 0;
      if (this.state === 'busy') this.become('idle');
    }
    attempt.listener.news(news);
  }

  private bury(child: ChildProcess, exitCode: number | null, signal: string | null): void {
    if (this.child !== child) return;
    this.child = null;
    const { settings, log } = this.options;
    const attempt = this.attempt;
    this.attempt = null;
    const failure = failureOfExit({
      exitCode,
      signal,
      stderrTail: this.stderrTail,
      killedFor: this.killedFor,
      memoryKillSeen: countMemoryKills() > this.memoryKills,
      device: settings.device,
    });
    this.closed?.();
    if (this.state !== 'closed') {
      const level = this.deaths > 2 ? 'error' : 'warn';
      log(level, `slot ${settings.slot}: ${failure.message}; starting it again`, {
        stderr: this.stderrTail.slice(-LOGGED_CHARS),
      });
      this.scheduleRestart();
    }
    attempt?.listener.crash(failure);
  }

  private scheduleRestart(): void {
    const { restartMs, restartMaxMs } = this.options.limits;
    this.become('starting');
    const pauseMs = Math.min(restartMaxMs, restartMs * 2 ** this.deaths);
    this.deaths += 1;
    this.restart = setTimeout(() => this.start(), pauseMs);
  }

  private watchTime(): void {
    if (this.attempt === null || this.killedFor !== null) return;
    const now = this.options.clock.monotonic();
    const { attemptMs, stallMs } = this.options.limits;
    if (now - this.attempt.startedAt > attemptMs) this.killedFor = 'time limit';
    else if (now - this.attempt.newsAt > stallMs) this.killedFor = 'stall';
    if (this.killedFor !== null) this.kill();
  }

  private become(state: SlotProcessState): void {
    if (this.state === state || this.state === 'closed') return;
    this.state = state;
    if (state === 'idle' || state === 'closed') for (const wake of [...this.waitingForIdle]) wake();
    this.options.onChange();
  }
}

/** A slot sees no GPU but its own, and takes it for the first. */
function visibleGpu({ device, provider = 'cpu' }: SlotSettings): Readonly<Record<string, string>> {
  const index = /^cuda:(\d+)$/.exec(device)?.[1];
  return index === undefined || provider === 'cpu' ? {} : { CUDA_VISIBLE_DEVICES: index };
}
