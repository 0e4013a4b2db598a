/** What one trial of a sweep compiles, known without its data. */
import { createSchedule, type Structure } from '../../agent/engine/index.ts';
import { structureOf } from '../../agent/trainers/builtin/structure.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import { knownData, plannedTrials, resolveTrain, trialAt, trialIndexOf } from '../../shared/sweep/index.ts';
import type { Trial, ValidSweep } from '../../shared/sweep/spec.ts';

export interface TrialStructure {
  readonly trial: Trial;
  readonly structure: Structure;
  readonly engine: 'ort' | 'tfjs';
}

/** Throws SowerError E_NO_TRIAL, and E_NO_MODEL where the sweep trains none. */
export function structureOfTrial({ spec }: ValidSweep, id: string, file: string): TrialStructure {
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
  const known = knownData(config.data);
  if (known === null) {
    throw new SowerError('E_NO_MODEL', `the shape of ${config.data.name} is known from its file alone`, {
      where: file,
      fix: 'inspect a sweep whose data is named',
    });
  }
  const { classes, inputShape } = known;
  const train = { features: new Uint8Array(0), shape: inputShape, labels: new Int32Array(0), rows: 0 };
  const names = classes === null ? null : Array.from({ length: classes }, (_, index) => String(index));
  const { epochs, schedule, warmup, optimizer } = config;
  const { perStep } = createSchedule(schedule, warmup, optimizer.lr, { epochs, stepsPerEpoch: 1 });
  return { trial, structure: structureOf(config, { train, classes: names }, perStep), engine: config.engine };
}
