/**
 * The sessions of one structure, shared by all its training runs. Those that every run needs are opened at once, those
 * of left-over steps and shorter last batches when the first run asks for them.
 */
import { compileEvalStep } from '../compile/eval-step.ts';
import type { StateTensor } from '../compile/signature.ts';
import { stateTensors, structureKey } from '../compile/structure.ts';
import { compileTrainStep, STEPS_PER_TRIP } from '../compile/train-step.ts';
import type { Structure } from '../port.ts';
import { CompiledSession } from './compiled-session.ts';

/** Rows evaluated at a time: enough for full matrix speed, few enough for their activations to stay in cache. */
export const EVAL_BLOCK_ROWS = 400;

export class ProgramSessions {
  readonly structure: Structure;
  readonly key: string;
  readonly state: readonly StateTensor[];
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<CompiledSession>>();

  constructor(structure: Structure, threads: number) {
    this.structure = structure;
    this.key = structureKey(structure);
    this.state = stateTensors(structure);
    this.#threads = threads;
  }

  /** Compiles what every run needs, so that an impossible structure fails here. */
  async prepare(): Promise<void> {
    await this.training(this.structure.batchSize, STEPS_PER_TRIP);
    await this.evaluation();
  }

  training(batchRows: number, stepsPerTrip: number): Promise<CompiledSession> {
    return this.#session(`train ${batchRows} x ${stepsPerTrip}`, () =>
      CompiledSession.open(compileTrainStep(this.structure, batchRows, stepsPerTrip), this.#threads),
    );
  }

  evaluation(): Promise<CompiledSession> {
    return this.#session('evaluate', () =>
      CompiledSession.open(compileEvalStep(this.structure, EVAL_BLOCK_ROWS), this.#threads),
    );
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === 'fulfilled') await session.value.release();
    }
  }

  #session(name: string, open: () => Promise<CompiledSession>): Promise<CompiledSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const opened = open();
    this.#sessions.set(name, opened);
    return opened;
  }
}
