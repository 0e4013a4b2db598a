/** The engines of this process, each opened when the first trial asks for it. */
import { userCache } from '../../../shared/process/user-cache.ts';
import { createOrtEngine } from '../../engine/index.ts';
import type { Engine } from '../../engine/port.ts';
import type { TrainerSettings } from '../port.ts';

/** As tfjs calls its backend of that kind. */
const PURE_JAVASCRIPT = 'cpu';

const SLOW_TFJS =
  'the engine tfjs runs in pure JavaScript here, many times slower; "sower engine install tfjs-node" brings libtensorflow';

export type EngineKind = 'ort' | 'tfjs';

export interface Engines {
  /** Throws SowerError E_ENGINE_* where it cannot be had on this machine; the next trial asks again. */
  open(kind: EngineKind): Promise<Engine>;
  close(): Promise<void>;
}

export function createEngines(settings: TrainerSettings): Engines {
  const opened = new Map<EngineKind, Promise<Engine>>();
  return {
    open(kind) {
      const known = opened.get(kind);
      if (known !== undefined) return known;
      const opening = create(kind, settings);
      opened.set(kind, opening);
      opening.catch(() => opened.delete(kind));
      return opening;
    },
    async close() {
      await Promise.all([...opened.values()].map(async (opening) => (await opening).close()));
    },
  };
}

async function create(kind: EngineKind, { threads, provider, cacheDir }: TrainerSettings): Promise<Engine> {
  switch (kind) {
    case 'ort':
      return createOrtEngine({ threads, cacheDir, ...(provider === undefined ? {} : { provider }) });
    case 'tfjs': {
      const { createTfjsEngine } = await import('../../engine/tfjs/engine.ts');
      const engine = await createTfjsEngine({ threads, cacheDir: userCache() });
      if (engine.identity.provider === PURE_JAVASCRIPT) process.stderr.write(`warning: ${SLOW_TFJS}\n`);
      return engine;
    }
  }
}
