/** The training engine's public door. */

export type { Provider } from './compile/target.ts';
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
export { type ProbeResult, probeNeeds, probeProvider, type Verdict } from './run/probe/probe.ts';
export { PROVIDER_WISHES, type ProviderWish, type Trial } from './run/provider.ts';
export { tryProvider } from './run/try-provider.ts';
export { verifyExport } from './run/verify.ts';
