/** The engine on onnxruntime: compiled programs by structure, the least recently used given up first. */

import { structureKey } from '../compile/structure.ts';
import { planModel } from '../nn/model.ts';
import type { Engine, EngineIdentity, Structure } from '../port.ts';
import { OrtProgram } from './program.ts';
import { PROVIDER, runtimeVersion } from './session.ts';

/** A program holds a few megabytes and takes some 10 ms to build again. */
const MOST_PROGRAMS = 16;

export interface OrtEngineOptions {
  /** Threads inside one operator. 1 makes results bit-identical from run to run; parallelism belongs to the trials. */
  readonly threads: number;
}

class OrtEngine implements Engine {
  readonly identity: EngineIdentity;
  readonly #programs = new Map<string, OrtProgram>();

  constructor({ threads }: OrtEngineOptions) {
    this.identity = { engine: 'ort', version: runtimeVersion(), provider: PROVIDER, threads };
  }

  async compile(structure: Structure): Promise<OrtProgram> {
    planModel(structure);
    const key = structureKey(structure);
    const program = this.#programs.get(key) ?? new OrtProgram(structure, this.identity.threads);
    this.#programs.delete(key);
    this.#programs.set(key, program);
    await this.#giveUpOldest();
    return program;
  }

  async #giveUpOldest(): Promise<void> {
    for (const [key, program] of this.#programs) {
      if (this.#programs.size <= MOST_PROGRAMS) return;
      if (!program.idle) continue;
      this.#programs.delete(key);
      await program.close();
    }
  }

  async close(): Promise<void> {
    const programs = [...this.#programs.values()];
    this.#programs.clear();
    await Promise.all(programs.map((program) => program.close()));
  }
}

export async function createOrtEngine(options: OrtEngineOptions): Promise<Engine> {
  return new OrtEngine(options);
}
