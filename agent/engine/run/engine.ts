/** The engine on onnxruntime: compiled programs by structure, the least recently used given up first. */

import { structureKey } from '../compile/structure.ts';
import { type Provider, targets } from '../compile/target.ts';
import { planModel } from '../nn/model.ts';
import type { Engine, EngineIdentity, Structure } from '../port.ts';
import { tunedLowering } from './autotune.ts';
import { OrtProgram } from './program.ts';
import type { SessionsOptions } from './program-sessions.ts';
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
  /** Writes the time of every node to files whose names begin with this; they are complete once the engine is closed. */
  readonly profileTo?: string;
  /** A folder for what was measured on this machine: then convolutions are timed once and computed in their fastest form. */
  readonly cacheDir?: string;
}

class OrtEngine implements Engine {
  readonly identity: EngineIdentity;
  readonly #sessions: SessionsOptions;
  readonly #cacheDir: string | undefined;
  readonly #programs = new Map<string, OrtProgram>();

  constructor({ threads, profileTo, cacheDir }: OrtEngineOptions, provider: Provider) {
    this.#cacheDir = cacheDir;
    this.identity = { engine: 'ort', version: runtimeVersion(), provider, threads };
    this.#sessions = { threads, target: targets[provider], ...(profileTo === undefined ? {} : { profileTo }) };
  }

  async compile(structure: Structure): Promise<OrtProgram> {
    planModel(structure);
    const key = structureKey(structure);
    const sessions = this.#programs.has(key) ? this.#sessions : await this.#sessionsFor(structure);
    const program = this.#programs.get(key) ?? new OrtProgram(structure, sessions);
    this.#programs.delete(key);
    this.#programs.set(key, program);
    await this.#giveUpOldest();
    return program;
  }

  async #sessionsFor(structure: Structure): Promise<SessionsOptions> {
    const { target, threads } = this.#sessions;
    if (this.#cacheDir === undefined || target.provider !== 'cpu') return this.#sessions;
    const lowering = await tunedLowering(structure, { folder: this.#cacheDir, threads });
    return { ...this.#sessions, target: { ...target, lowering } };
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
export async function createOrtEngine(options: OrtEngineOptions): Promise<Engine> {
  return new OrtEngine(options, await chooseProvider(options.provider ?? 'cpu', tryProvider));
}
