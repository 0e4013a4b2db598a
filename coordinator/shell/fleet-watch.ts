import { type RunningActor, runActor } from '../../shared/actor/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { assertNever } from '../../shared/kernel/assert.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import {
  type FleetCommand,
  type FleetEffect,
  type FleetEvent,
  type FleetState,
  fleetActor,
  hasEnded,
} from '../core/fleet/index.ts';

export interface FleetWatchContext {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly onCapacity: (pool: string) => void;
  readonly onLost: (agent: string, boot: number | null) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** The fleet's actor in the loop, fed from the presence board. */
export class FleetWatch {
  readonly #context: FleetWatchContext;
  readonly #loop: RunningActor<FleetCommand, FleetEvent, FleetState, FleetEffect>;
  #watchedSince: number;
  #surveys = 0;

  constructor(context: FleetWatchContext) {
    this.#context = context;
    this.#watchedSince = context.clock.monotonic();
    this.#loop = runActor({
      actor: fleetActor,
      perform: (effect) => this.#perform(effect),
      laneOf: (effect) => ('pool' in effect ? effect.pool : null),
      onFailure: context.onFailure,
    });
  }

  get state(): FleetState {
    return this.#loop.state;
  }

  async survey(): Promise<void> {
    const seen = await this.#context.bus.presence.list();
    this.#surveys++;
    await this.#loop.send({ type: 'survey', seen }, `survey:${this.#surveys}`);
  }

  /** After the connection was away, silence of agents proves nothing for a while. */
  watchAnew(): void {
    this.#watchedSince = this.#context.clock.monotonic();
  }

  hasEnded(agent: string, boot: number | null): boolean {
    return hasEnded(this.state, agent, boot, this.#context.clock.monotonic() - this.#watchedSince);
  }

  async #perform(effect: FleetEffect): Promise<void> {
    switch (effect.type) {
      case 'open_pool':
        return this.#context.bus.queue.openPool(effect.pool, Math.max(1, effect.slots));
      case 'capacity_changed':
        return this.#context.onCapacity(effect.pool);
      case 'agent_lost':
        return this.#context.onLost(effect.agent, effect.boot);
      default:
        return assertNever(effect);
    }
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }
}
