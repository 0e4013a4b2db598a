/** The engine on onnxruntime: compiled programs by structure, the least recently used given up first. */

import { structureKey } from '../compile/structure.ts';
import { type Provider, type Target, targets } from '../compile/target.ts';
import { planModel } from '../nn/model.ts';
import type { Engine, EngineIdentity, Structure } from '../port.ts';
import { OrtProgram } from './program.ts';
import { chooseProvider, type ProviderWish } from './provider.ts';
import { runtimeVersion } from './session.ts';
import { tryProvider } from './try-provider.ts';

/** A program holds a few megabytes and takes some 10 ms to build again. */
const MOST_PROGRAMS = 16;

export interface OrtEngineOptions {
  /** Threads inside one operator. 1 makes results bit-identical from run to run; parallelism belongs to the trials. */
  readonly threads: number;
  /** Default `cpu`. */
  readonly provider?: ProviderWish;
}

class OrtEngine implements Engine {
  readonly identity: EngineIdentity;
  readonly #target: Target;
  readonly #programs = new Map<string, OrtProgram>();

  constructor(threads: number, provider: Provider) {
    this.identity = { engine: 'ort', version: runtimeVersion(), provider, threads };
    this.#target = targets[provider];
  }

  async compile(structure: Structure): Promise<OrtProgram> {
    planModel(structure);
    const key = structureKey(structure);
    const program = this.#programs.get(key) ?? new OrtProgram(structure, this.identity.threads, this.#target);
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

/** Throws SowerError E_ENGINE_PROVIDER where the provider asked for does not work on this machine. */
export async function createOrtEngine({ threads, provider = 'cpu' }: OrtEngineOptions): Promise<Engine> {
  return new OrtEngine(threads, await chooseProvider(provider, tryProvider));
}
