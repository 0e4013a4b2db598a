/** What one trial of a sweep compiles; its data is opened only where its name does not tell the shape. */
import { dirname, resolve } from 'node:path';
import { type DataFolders, type DataSet, openData } from '../../agent/data/index.ts';
import { createSchedule, type Structure } from '../../agent/engine/index.ts';
import { structureOf } from '../../agent/trainers/builtin/structure.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import { knownData, plannedTrials, resolveTrain, trialAt, trialIndexOf } from '../../shared/sweep/index.ts';
import type { Trial, ValidSweep } from '../../shared/sweep/spec.ts';
import type { DataConfig } from '../../shared/sweep/train/data-config.ts';

export interface TrialStructure {
  readonly trial: Trial;
  readonly structure: Structure;
  readonly engine: 'ort' | 'tfjs';
}

/** Throws SowerErrors E_NO_TRIAL, E_NO_MODEL where the sweep trains none, and E_DATA_* of data that has to be read. */
export async function structureOfTrial(
  { spec }: ValidSweep,
  id: string,
  file: string,
  folders: DataFolders,
): Promise<TrialStructure> {
  const index = trialIndexOf(spec, id);
  if (index === null) {
    throw new SowerError('E_NO_TRIAL', `the sweep has no trial "${id}"`, {
      where: file,
      fix: `name one from ${trialId(0)} to ${trialId(plannedTrials(spec) - 1)}`,
      exit: EXIT.notFound,
    });
  }
  const trial = trialAt(spec, index);
  const config = resolveTrain(spec, trial.params);
  if (config.kind !== 'builtin') {
    throw new SowerError('E_NO_MODEL', `the trials of this sweep train no model (${config.kind})`, {
      where: file,
      fix: 'inspect a sweep whose train section has a model',
    });
  }
  const data = shapeOf(config.data) ?? (await openData(config.data, { ...folders, sweepDir: dirname(resolve(file)) }));
  const { epochs, schedule, warmup, optimizer } = config;
  const { perStep } = createSchedule(schedule, warmup, optimizer.lr, { epochs, stepsPerEpoch: 1 });
  return { trial, structure: structureOf(config, data, perStep), engine: config.engine };
}

/** No rows, but of the right shape; null where only the data knows it. */
function shapeOf(data: DataConfig): Pick<DataSet, 'train' | 'classes'> | null {
  const known = knownData(data);
  if (known === null) return null;
  const { classes, inputShape } = known;
  const train = { features: new Uint8Array(0), shape: inputShape, labels: new Int32Array(0), rows: 0 };
  return { train, classes: classes === null ? null : Array.from({ length: classes }, (_, index) => String(index)) };
}
