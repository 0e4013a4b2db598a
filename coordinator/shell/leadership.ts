/**
 * Who leads. One coordinator holds the lease; the others wait for it.
 *
 *     standby ──(lease acquired)──> leading ──(renewal refused, or none confirmed in time)──> standby
 *
 * Two leaders at once would do no harm, since DONE admits one record per trial; the lease only saves work.
 */
import { hostname } from 'node:os';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { LeaderLease } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { CoordinatorLimits } from './limits.ts';

export interface LeadershipContext {
  readonly lead: LeaderLease;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: CoordinatorLimits;
}

/** `name@host#pid`: whoever reads it knows where the holder runs, and a restart here knows that its holder is dead. */
export function holderName(name: string): string {
  return `${name}@${hostname()}#${process.pid}`;
}

export class Leadership {
  readonly #context: LeadershipContext;
  readonly #holder: string;
  #fence = '';
  #confirmedAt = 0;

  constructor(context: LeadershipContext, name: string) {
    this.#context = context;
    this.#holder = holderName(name);
  }

  get fence(): string {
    return this.#fence;
  }

  /** Milliseconds since the server last confirmed the lease. */
  get confirmedAgoMs(): number {
    return this.#context.clock.monotonic() - this.#confirmedAt;
  }

  /** Resolves when this coordinator leads; false where it was aborted before. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { lead, log, clock, limits } = this.#context;
    let said: string | null = null;
    while (!signal.aborted) {
      try {
        const fence = await lead.acquire(this.#holder);
        if (fence !== null) {
          this.#fence = fence;
          this.#confirmedAt = clock.monotonic();
          return true;
        }
        const holder = await lead.holder();
        if (holder !== null && isDeadNeighbour(holder)) await lead.release(holder);
        else if (holder !== null && holder !== said) {
          log('info', 'standby: another coordinator leads', { holder });
          said = holder;
        }
      } catch (error) {
        if (signal.aborted) return false;
        const problem = error instanceof Error ? error.message : String(error);
        if (problem !== said) log('warn', `the lease cannot be read: ${problem}`);
        said = problem;
      }
      await pause(limits.leaseAskMs, undefined, { signal }).catch(() => undefined);
    }
    return false;
  }

  /** Renews until `signal`; rejects with E_LEASE_LOST where somebody else leads or no renewal was confirmed in time. */
  async hold(signal: AbortSignal): Promise<void> {
    const { lead, clock, limits } = this.#context;
    while (!signal.aborted) {
      await pause(limits.leaseRenewMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const leftMs = limits.leaseStepDownMs - this.confirmedAgoMs;
      const timer = new AbortController();
      const tooLate = pause(Math.max(0, leftMs), null, { signal: timer.signal }).catch(() => null);
      const fence = await Promise.race([this.#renew(lead), tooLate]);
      timer.abort();
      if (fence === null && this.confirmedAgoMs >= limits.leaseStepDownMs) {
        throw new SowerError('E_LEASE_LOST', `no renewal was confirmed for ${limits.leaseStepDownMs / 1000} s`);
      }
      if (fence === null) continue;
      this.#fence = fence;
      this.#confirmedAt = clock.monotonic();
    }
  }

  /** null where the server did not answer; rejects where it said that another holds the lease. */
  async #renew(lead: LeaderLease): Promise<string | null> {
    try {
      return await lead.renew(this.#holder);
    } catch (error) {
      if (error instanceof SowerError && error.code === 'E_LEASE_LOST') throw error;
      return null;
    }
  }

  async release(): Promise<void> {
    await this.#context.lead.release(this.#holder).catch(() => undefined);
  }
}

/** True where the holder ran on this machine and its process is gone: its lease can be taken without waiting. */
function isDeadNeighbour(holder: string): boolean {
  const match = /@(.+)#(\d+)$/.exec(holder);
  if (match === null || match[1] !== hostname() || Number(match[2]) === process.pid) return false;
  try {
    process.kill(Number(match[2]), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
