export { auditSweep, type StoredEvent } from './audit.ts';
export { LOST_AFTER_MS } from './fleet.ts';
export { createSweepView } from './sweep-view.ts';
export {
  type AttentionGroup,
  type AuditReport,
  type BestStep,
  type Ending,
  type FleetRow,
  type FleetSlot,
  type RunningTrial,
  type SweepSnapshot,
  type SweepState,
  type SweepView,
  TRIAL_STATES,
  type TrialPage,
  type TrialQuery,
  type TrialRow,
  type TrialSort,
  type TrialState,
  type ViewMessage,
} from './types.ts';
