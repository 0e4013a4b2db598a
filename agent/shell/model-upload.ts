import { readFile } from 'node:fs/promises';
import type { Bus } from '../../shared/bus/port.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import type { ModelArtifact } from '../../shared/protocol/index.ts';

/** True where a copy of the model lies in the object store; false where it could not be put there. */
export type ModelUpload = (model: ModelArtifact, signal: AbortSignal) => Promise<boolean>;

const TRIES = 3;

/** Uploads under the model's SHA-256. A model that cannot be uploaded stays on this machine and does not hold back the result. */
export function modelUpload(bus: Pick<Bus, 'models'>, log: Log): ModelUpload {
  return async (model, signal) => {
    for (let tries = 1; tries <= TRIES && !signal.aborted; tries++) {
      try {
        await bus.models.put(model.sha256, await readFile(model.path));
        return true;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log(tries < TRIES ? 'debug' : 'warn', `cannot upload the model: ${message}`, { path: model.path, tries });
      }
    }
    return false;
  };
}

export const noUpload: ModelUpload = async () => false;
