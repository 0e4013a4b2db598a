/**
 * The sessions of one structure, shared by all its training runs. The step graph of a full batch is compiled at once;
 * those of shorter last batches when the first run needs them.
 */
import { compileEvalStep } from '../compile/eval-step.ts';
import type { StateTensor } from '../compile/signature.ts';
import { stateTensors, structureKey } from '../compile/structure.ts';
import { compileTrainStep, STEPS_PER_TRIP } from '../compile/train-step.ts';
import type { Program, StartOptions, Structure, TrainingRun } from '../port.ts';
import { CompiledSession } from './compiled-session.ts';
import { OrtTrainingRun } from './training-run.ts';

/** Rows evaluated at a time: enough for full matrix speed, few enough for their activations to stay in cache. */
const EVAL_BLOCK_ROWS = 400;

export class OrtProgram implements Program {
  readonly structure: Structure;
  readonly key: string;
  readonly state: readonly StateTensor[];
  readonly parameterCount: number;
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<CompiledSession>>();
  #runs = 0;
  #closed = false;

  constructor(structure: Structure, threads: number) {
    this.structure = structure;
    this.key = structureKey(structure);
    this.#threads = threads;
    this.state = stateTensors(structure);
    this.parameterCount = this.state
      .filter(({ kind }) => kind === 'parameter')
      .reduce((sum, { shape }) => sum + shape.reduce((count, dim) => count * dim, 1), 0);
  }

  /** Compiles what every run needs, so that an impossible structure fails here. */
  async prepare(): Promise<void> {
    await this.trainSession(this.structure.batchSize, STEPS_PER_TRIP);
    await this.evalSession();
  }

  trainSession(batchRows: number, stepsPerTrip: number): Promise<CompiledSession> {
    return this.#session(`train ${batchRows} x ${stepsPerTrip}`, () =>
      CompiledSession.open(compileTrainStep(this.structure, batchRows, stepsPerTrip), this.#threads),
    );
  }

  get evalBlockRows(): number {
    return EVAL_BLOCK_ROWS;
  }

  evalSession(): Promise<CompiledSession> {
    return this.#session('evaluate', () =>
      CompiledSession.open(compileEvalStep(this.structure, EVAL_BLOCK_ROWS), this.#threads),
    );
  }

  async start(options: StartOptions): Promise<TrainingRun> {
    const run = new OrtTrainingRun(this, options, () => this.#endRun());
    this.#runs++;
    return run;
  }

  get idle(): boolean {
    return this.#runs === 0;
  }

  /** Releases the sessions, or leaves that to the end of the last run. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.idle) return;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === 'fulfilled') await session.value.release();
    }
  }

  #endRun(): void {
    this.#runs--;
    if (this.#closed) void this.close();
  }

  #session(name: string, open: () => Promise<CompiledSession>): Promise<CompiledSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const opened = open();
    this.#sessions.set(name, opened);
    return opened;
  }
}
