/** A compiled structure and the runs that use it. */
import type { Program, StartOptions, Structure, TrainingRun } from '../port.ts';
import { ProgramSessions } from './program-sessions.ts';
import { OrtTrainingRun } from './training-run.ts';

export class OrtProgram implements Program {
  readonly parameterCount: number;
  readonly #sessions: ProgramSessions;
  #runs = 0;
  #closed = false;

  private constructor(sessions: ProgramSessions) {
    this.#sessions = sessions;
    this.parameterCount = sessions.state
      .filter(({ kind }) => kind === 'parameter')
      .reduce((sum, { shape }) => sum + shape.reduce((count, dim) => count * dim, 1), 0);
  }

  static async open(structure: Structure, threads: number): Promise<OrtProgram> {
    const sessions = new ProgramSessions(structure, threads);
    await sessions.prepare();
    return new OrtProgram(sessions);
  }

  async start(options: StartOptions): Promise<TrainingRun> {
    const run = new OrtTrainingRun(this.#sessions, options, () => this.#endRun());
    this.#runs++;
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
