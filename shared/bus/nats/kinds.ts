import {
  type DoneRecord,
  doneRecord,
  type PresenceEntry,
  presenceEntry,
  type SowerEvent,
  type SweepEntry,
  sowerEvent,
  subjects,
  sweepEntry,
  type TrialReport,
  trialReport,
  type WorkItem,
  workItem,
} from '../../protocol/index.ts';
import type { MessageKind } from './readable.ts';
import { keySubject } from './streams.ts';

/** Every message that is stored, with the subject its body names. */
export const KIND: {
  readonly event: MessageKind<SowerEvent>;
  readonly done: MessageKind<DoneRecord>;
  readonly item: MessageKind<WorkItem>;
  readonly report: MessageKind<TrialReport>;
  readonly presence: MessageKind<PresenceEntry>;
  readonly sweep: MessageKind<SweepEntry>;
} = {
  event: { schema: sowerEvent, subject: (e) => subjects.event(e.sweep, e.author, e.trial, e.kind) },
  done: { schema: doneRecord, subject: (r) => subjects.done(r.sweep, r.trial) },
  item: { schema: workItem, subject: (i) => subjects.trial(i.pool, i.sweep, i.item, i.gen) },
  report: { schema: trialReport, subject: (r) => subjects.report(r.sweep, r.agent, r.trial) },
  presence: { schema: presenceEntry, subject: (p) => keySubject('presence', p.agent) },
  sweep: { schema: sweepEntry, subject: (s) => keySubject('sweeps', s.sweep) },
};
