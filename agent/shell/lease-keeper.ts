/** Runs the lease actor: puts presence, claims held items, and notices when the server no longer hears this agent. */
import { type RunningActor, runActor } from '../../shared/actor/index.ts';
import { assertNever } from '../../shared/kernel/assert.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import {
  type LeaseCommand,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseState,
  leaseActor,
} from '../core/lease/lease.ts';
import type { AgentLimits } from '../core/limits.ts';
import { textOf } from './publisher.ts';

export interface LeaseKeeperOptions {
  readonly limits: AgentLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when the server confirmed the presence entry. */
  readonly putPresence: () => Promise<void>;
  readonly claimItems: () => void;
  readonly compareClaims: () => Promise<void>;
  readonly resend: () => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

export class LeaseKeeper {
  private readonly options: LeaseKeeperOptions;
  private readonly actor: RunningActor<LeaseCommand, LeaseEvent, LeaseState, LeaseEffect>;
  private readonly timer: NodeJS.Timeout;
  private commands = 0;

  constructor(options: LeaseKeeperOptions) {
    this.options = options;
    const { limits, clock } = options;
    this.actor = runActor({
      actor: leaseActor(limits, clock.monotonic()),
      perform: (effect: LeaseEffect) => this.perform(effect),
      // The next beat is the next try.
      retry: () => null,
      onFailure: (error) => options.log('debug', `beat not confirmed: ${textOf(error)}`),
    });
    this.timer = setInterval(() => this.tick(), Math.min(1000, limits.beatMs / 10));
    this.tick();
  }

  get leased(): boolean {
    return this.actor.state.mode === 'leased';
  }

  /** The presence entry is not what was put last. */
  change(): void {
    this.tell({ type: 'change', at: this.options.clock.monotonic() });
  }

  reconnected(): void {
    this.tell({ type: 'reconnect', at: this.options.clock.monotonic() });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.actor.stop();
  }

  private tick(): void {
    this.tell({ type: 'tick', at: this.options.clock.monotonic() });
  }

  private tell(command: LeaseCommand): void {
    const before = this.actor.state.mode;
    void this.actor.send(command, `lease-${this.commands++}`).then(() => {
      const { mode } = this.actor.state;
      if (mode === before) return;
      if (mode === 'unleased')
        this.options.log('warn', 'the server has not heard this agent; held items are unclaimed');
      else this.options.log('info', 'the server hears this agent again');
    }, this.options.onFault);
  }

  private async perform(effect: LeaseEffect): Promise<void> {
    switch (effect.type) {
      case 'put-presence': {
        const sentAt = this.options.clock.monotonic();
        await this.options.putPresence();
        return this.tell({ type: 'confirm', sentAt });
      }
      case 'claim-items':
        return this.options.claimItems();
      case 'compare-claims':
        return this.options.compareClaims();
      case 'resend':
        return this.options.resend();
      default:
        return assertNever(effect);
    }
  }
}
