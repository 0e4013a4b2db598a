/** Finding a trial's exported model on this machine, or fetching it; never an unverified file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectShelf } from '../../shared/bus/port.ts';
import { writeFileAtomically } from '../../shared/process/atomic-file.ts';
import type { ModelArtifact } from '../../shared/protocol/index.ts';

export interface ModelRequest {
  readonly home: string;
  readonly sweep: string;
  readonly trial: string;
  readonly model: ModelArtifact;
  readonly models: ObjectShelf;
}

/** Path of a local file whose SHA-256 is the reported one; null where neither this machine nor the bus has it. */
export async function localModel({ home, sweep, trial, model, models }: ModelRequest): Promise<string | null> {
  const kept = join(home, 'models', sweep, trial, 'model.onnx');
  for (const path of [model.path, kept]) {
    if (await holds(path, model.sha256)) return path;
  }
  const bytes = model.uploaded ? await models.get(model.sha256) : null;
  if (bytes === null || sha256(bytes) !== model.sha256) return null;
  await writeFileAtomically(kept, bytes);
  return kept;
}

/** True where the file at `path` is there and has this SHA-256 (hex). */
export async function holds(path: string, expected: string): Promise<boolean> {
  try {
    return sha256(await readFile(path)) === expected;
  } catch {
    return false;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
