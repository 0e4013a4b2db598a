/** A compiled structure and the runs that use it. */
import type { Program, StartOptions, Structure, TrainingRun } from '../port.ts';
import { ProgramSessions, type SessionsOptions } from './program-sessions.ts';
import { OrtTrainingRun } from './training-run.ts';

export class OrtProgram implements Program {
  readonly parameterCount: number;
  readonly #sessions: ProgramSessions;
  #runs = 0;
  #closed = false;

  constructor(structure: Structure, options: SessionsOptions) {
    this.#sessions = new ProgramSessions(structure, options);
    this.parameterCount = this.#sessions.state
      .filter(({ kind }) => kind === 'parameter')
      .reduce((sum, { shape }) => sum + shape.reduce((count, dim) => count * dim, 1), 0);
  }

  async start(options: StartOptions): Promise<TrainingRun> {
    const run = new OrtTrainingRun(this.#sessions, options, () => this.#endRun());
    this.#runs++;
    try {
      await run.prepare();
    } catch (error) {
      run.dispose();
      throw error;
    }
    return run;
  }

  get idle(): boolean {
    return this.#runs === 0;
  }

  /** Releases the sessions, or leaves that to the end of the last run. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.idle) await this.#sessions.release();
  }

  #endRun(): void {
    this.#runs--;
    if (this.#closed) void this.close();
  }
}
