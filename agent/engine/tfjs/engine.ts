/** The second engine: TensorFlow.js, with libtensorflow beneath where it is installed. */
import { structureKey } from '../compile/structure.ts';
import { planModel } from '../nn/model.ts';
import type { Engine, EngineIdentity, Program, Structure } from '../port.ts';
import { type LoadedTfjs, type LoadOptions, loadTfjs } from './load.ts';
import { TfjsProgram } from './program.ts';

export type TfjsEngineOptions = LoadOptions;

class TfjsEngine implements Engine {
  readonly identity: EngineIdentity;
  readonly #loaded: LoadedTfjs;
  readonly #programs = new Map<string, TfjsProgram>();

  constructor(loaded: LoadedTfjs, threads: number) {
    this.identity = { engine: 'tfjs', version: loaded.version, provider: loaded.backend, threads };
    this.#loaded = loaded;
  }

  async compile(structure: Structure): Promise<Program> {
    planModel(structure);
    const key = structureKey(structure);
    const program = this.#programs.get(key) ?? new TfjsProgram(this.#loaded.tf, structure);
    this.#programs.set(key, program);
    return program;
  }

  async close(): Promise<void> {
    this.#programs.clear();
  }
}

/** Throws SowerError E_ENGINE_MISSING or E_ENGINE_LOAD where there is no TensorFlow.js to train with. */
export async function createTfjsEngine(options: TfjsEngineOptions): Promise<Engine> {
  return new TfjsEngine(await loadTfjs(options), options.threads);
}
