import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../shared/process/atomic-file.ts';
import type { Artifact } from '../../../shared/protocol/index.ts';

/** Leaves a file in the trial's folder and says what it is known by. */
export async function writeArtifact(folder: string, name: string, contents: Uint8Array | string): Promise<Artifact> {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
  const path = join(folder, name);
  await writeFileAtomically(path, bytes);
  return { name, path, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
}
