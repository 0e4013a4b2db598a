import { systemClock } from '../../../shared/kernel/system-clock.ts';
import type { TrialResult } from '../../../shared/protocol/index.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';
import { openData } from '../../data/index.ts';
import type { Program } from '../../engine/port.ts';
import type { Trainer, TrainerSettings } from '../port.ts';
import { createEngines } from './engines.ts';
import { createPacer, type Pacer } from './pacer.ts';
import { trainTrial } from './trial.ts';

/** Trains layer lists on the engines of this process. */
export function createBuiltinTrainer(settings: TrainerSettings): Trainer<TrainConfig> {
  const engines = createEngines(settings);
  /** What a step takes is a property of the program, so its later trials start with the right pace. */
  const pacers = new WeakMap<Program, Pacer>();
  const pacerOf = (program: Program): Pacer => {
    const pacer = pacers.get(program) ?? createPacer();
    pacers.set(program, pacer);
    return pacer;
  };

  return {
    async train(job, config, report, signal): Promise<TrialResult> {
      const startedAt = systemClock.monotonic();
      const [data, engine] = await Promise.all([openData(config.data, settings), engines.open(config.engine)]);
      return trainTrial({ job, config, data, engine, pacerOf, settings, startedAt, report, signal });
    },
    close: () => engines.close(),
  };
}
