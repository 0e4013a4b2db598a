import { readFile } from 'node:fs/promises';
import { EVALUATION_FORMAT } from '../../agent/trainers/artifacts/evaluation-file.ts';
import type { DoneRecord } from '../../shared/protocol/index.ts';
import { artifactPath } from './artifact-path.ts';
import type { Evaluation } from './evaluation-lines.ts';

/** The trial's evaluation where the very file that it left lies on this machine; null otherwise. */
export async function readEvaluation(record: DoneRecord, home: string): Promise<Evaluation | null> {
  const path = await artifactPath(record, 'evaluation.json', home);
  if (path === null) return null;
  // Its hash says that an agent wrote it; the format says that it means what this version knows.
  const evaluation = JSON.parse(await readFile(path, 'utf8')) as Evaluation;
  return evaluation.format === EVALUATION_FORMAT ? evaluation : null;
}
