export { RETRY_FOREVER, type RetryPolicy } from './effect-pool.ts';
export { type ActorWiring, type Caused, type RunningActor, runActor } from './run-actor.ts';
