/** The training engine's public door. */

export { stepFlops } from './compile/step-flops.ts';
export type { Provider } from './compile/target.ts';
export { inspectStructure, type LayerReport, type StructureReport } from './inspect/inspect-structure.ts';
export { type ModelPort, type ModelSummary, readModel } from './onnx/read-model.ts';
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
export { type ProbeResult, probeProvider, type Verdict } from './run/probe/probe.ts';
export { type OpTime, readProfile } from './run/profile.ts';
export type { ProviderWish, Trial } from './run/provider.ts';
export { tryProvider } from './run/try-provider.ts';
export { verifyExport } from './run/verify.ts';
