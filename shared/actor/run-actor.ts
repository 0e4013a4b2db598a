/**
 * The one loop that runs an actor: command -> decide -> events -> (log) -> evolve -> react -> effects.
 *
 * Commands wait in a mailbox and are handled one at a time. Where the actor has a log, decided events are appended and
 * folded when the log hands them back through `observe`, so the state is a fold of that log and of nothing else; without
 * a log they are folded at once. Effects run beside the mailbox, at most `concurrency` of them, those of one lane in
 * order; a failed effect is tried again here and nowhere else.
 *
 * Ids follow from causes: event `<command id>:<index>`, effect `<event id>:<index>`.
 */
import type { Actor } from '../kernel/actor.ts';
import { EffectPool, RETRY_FOREVER, type RetryPolicy } from './effect-pool.ts';

export interface Caused<T> {
  readonly id: string;
  readonly value: T;
}

export interface ActorWiring<Command, Event, State, Effect> {
  readonly actor: Actor<Command, Event, State, Effect>;
  /** State to go on from (a snapshot); default `actor.initialState`. */
  readonly state?: State;
  /** Stores decided events and resolves after each of them came back through `observe`. */
  readonly append?: (events: readonly Caused<Event>[]) => Promise<void>;
  readonly perform: (effect: Effect, id: string) => Promise<void> | void;
  /** Effects of one lane run in order; null = no order. Default null. */
  readonly laneOf?: (effect: Effect) => string | null;
  readonly concurrency?: number;
  readonly retry?: RetryPolicy;
  /** An effect that was given up, or a broken invariant inside the actor. */
  readonly onFailure: (error: unknown) => void;
}

export interface RunningActor<Command, Event, State, Effect> {
  readonly state: State;
  /** Resolves when the command's events are folded. `id` names its cause. */
  send(command: Command, id: string): Promise<void>;
  /** An event that happened elsewhere (the log, a finished effect): folded at once, its effects started. */
  observe(event: Event, id: string): void;
  /** Folds without effects: the past, whose effects were performed when it was the present. */
  replay(event: Event): void;
  /** Effects that the replayed past still owes. */
  owe(effects: readonly Effect[], id: string): void;
  /** Effects started or waiting. */
  readonly effectsOpen: number;
  /** Resolves when at most `open` effects are left (default 0). */
  effectsBelow(open?: number): Promise<void>;
  /** No command and no effect starts any more; resolves when those under way have ended. */
  stop(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 256;

export function runActor<Command, Event, State, Effect>(
  wiring: ActorWiring<Command, Event, State, Effect>,
): RunningActor<Command, Event, State, Effect> {
  const { actor, append } = wiring;
  let state = wiring.state ?? actor.initialState;
  let mailbox: Promise<void> = Promise.resolve();
  let stopped = false;
  const effects = new EffectPool<Effect>({
    perform: wiring.perform,
    laneOf: wiring.laneOf ?? (() => null),
    concurrency: wiring.concurrency ?? DEFAULT_CONCURRENCY,
    retry: wiring.retry ?? RETRY_FOREVER,
    onFailure: wiring.onFailure,
  });

  function owe(owed: readonly Effect[], id: string): void {
    for (const [index, effect] of owed.entries()) effects.start(effect, `${id}:${index}`);
  }

  function observe(event: Event, id: string): void {
    if (stopped) return;
    state = actor.evolve(state, event);
    owe(actor.react(event, state), id);
  }

  async function handle(command: Command, id: string): Promise<void> {
    if (stopped) return;
    const events = actor.decide(command, state).map((value, index) => ({ id: `${id}:${index}`, value }));
    if (events.length === 0) return;
    if (append !== undefined) await append(events);
    else for (const { id: eventId, value } of events) observe(value, eventId);
  }

  return {
    get state() {
      return state;
    },
    send(command, id) {
      const handled = mailbox.then(() => handle(command, id));
      mailbox = handled.catch(() => undefined);
      return handled;
    },
    observe,
    replay(event) {
      state = actor.evolve(state, event);
    },
    owe,
    get effectsOpen() {
      return effects.open;
    },
    effectsBelow: (open = 0) => effects.below(open),
    async stop() {
      stopped = true;
      await effects.stop();
      await mailbox;
    },
  };
}
