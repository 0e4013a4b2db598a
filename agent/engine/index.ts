/** The training engine's public door. */
export { createSchedule, ratesOfEpoch, type Schedule, type ScheduleState } from './optim/schedules.ts';
export type {
  ChunkResult,
  Engine,
  EngineIdentity,
  Evaluation,
  Examples,
  ParameterTensor,
  Preprocessing,
  Program,
  StartOptions,
  Structure,
  TrainingRun,
  VerifyExport,
} from './port.ts';
export { createOrtEngine, type OrtEngineOptions } from './run/engine.ts';
export { verifyExport } from './run/verify.ts';
