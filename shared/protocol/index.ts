export { type ControlReply, type ControlRequest, controlReply, controlRequest } from './control.ts';
export type { DataOutline, OutlinedColumn } from './data-outline.ts';
export {
  COORDINATOR_AUTHOR,
  type FailedEvent,
  type PlannedEvent,
  type ReleasedEvent,
  type ResultEvent,
  type SowerEvent,
  type StartedEvent,
  sowerEvent,
} from './events.ts';
export { epochOfEntry } from './history.ts';
export {
  type DoneRecord,
  doneRecord,
  type GpuState,
  type PresenceEntry,
  presenceEntry,
  type SweepEntry,
  sweepEntry,
  type TrialReport,
  trialReport,
  type WorkItem,
  workItem,
} from './messages.ts';
export { type MetricValues, metricValues, type ParameterValue, type ParameterValues } from './metrics.ts';
export {
  type Artifact,
  type AttemptFailure,
  attemptFailure,
  type FailureCause,
  MOST_NOTE_CHARACTERS,
  type ModelArtifact,
  type Provenance,
  type TrialResult,
  trialResult,
} from './result.ts';
export { BUCKET, consumerOfPool, OBJECTS, STREAM, subjects, WHOLE_SWEEP } from './subjects.ts';
export { PROTOCOL_VERSION, SOWER_VERSION } from './version.ts';
