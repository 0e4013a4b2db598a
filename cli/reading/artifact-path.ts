import { join } from 'node:path';
import type { DoneRecord } from '../../shared/protocol/index.ts';
import { holds } from './model-file.ts';

/** Where the very file that a trial left lies on this machine; null where it does not. */
export async function artifactPath(record: DoneRecord, name: string, home: string): Promise<string | null> {
  const known = record.artifacts?.find((artifact) => artifact.name === name);
  if (known === undefined) return null;
  for (const path of [known.path, join(home, 'models', record.sweep, record.trial, name)]) {
    if (await holds(path, known.sha256)) return path;
  }
  return null;
}
