import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVALUATION_FORMAT } from '../../agent/trainers/artifacts/evaluation-file.ts';
import type { DoneRecord } from '../../shared/protocol/index.ts';
import type { Evaluation } from './evaluation-lines.ts';
import { holds } from './model-file.ts';

/** The trial's evaluation where the very file that it left lies on this machine; null otherwise. */
export async function readEvaluation(record: DoneRecord, home: string): Promise<Evaluation | null> {
  const known = record.artifacts?.find(({ name }) => name === 'evaluation.json');
  if (known === undefined) return null;
  const kept = join(home, 'models', record.sweep, record.trial, known.name);
  for (const path of [known.path, kept]) {
    if (!(await holds(path, known.sha256))) continue;
    // Its hash says that an agent wrote it; the format says that it means what this version knows.
    const evaluation = JSON.parse(await readFile(path, 'utf8')) as Evaluation;
    return evaluation.format === EVALUATION_FORMAT ? evaluation : null;
  }
  return null;
}
