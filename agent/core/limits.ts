import { assert } from '../../shared/kernel/assert.ts';

/** Every bound of an agent, by name. Tests shrink some of them; the relations between them hold always. */
export interface AgentLimits {
  /** How often an agent says that it is alive and that it still holds its items. */
  readonly beatMs: number;
  /** Without a confirmed beat for this long the agent no longer claims its items. */
  readonly fenceMs: number;
  /** The server gives an item to another slot when it heard nothing for this long (consumer `ack_wait`). */
  readonly ackWaitMs: number;
  /** Least time between two presence entries caused by changes. */
  readonly changeMs: number;
  /** How long one pull waits for an item. */
  readonly pullMs: number;
  /** Time one attempt may take in all. */
  readonly attemptMs: number;
  /** Time one attempt may pass without a report. */
  readonly stallMs: number;
  /** Least time between two saves of a trial in progress; 0 saves at every opportunity. */
  readonly checkpointMs: number;
  /** Crashes of a slot in the same way on the same trial after which the trial is to blame. */
  readonly crashRepeats: number;
  /** Time a draining agent gives its running trials to reach a chunk border. */
  readonly graceMs: number;
  /** Time a crashed slot has to come back before its item is given back. */
  readonly slotBackMs: number;
  /** First and longest pause before a crashed slot is started again. */
  readonly restartMs: number;
  readonly restartMaxMs: number;
  /** First and longest pause between tries to publish. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Trials of one item whose results may be under way at once. */
  readonly openTrials: number;
  /** A published result stays in the outbox at least this long: twice the server's longest default sync period. */
  readonly outboxKeepMs: number;
  /** How often the outbox asks whether its results are counted, and how many records it asks for each time. */
  readonly outboxCheckMs: number;
  readonly outboxCheckCount: number;
  /** Entries of one outbox segment. */
  readonly segmentEntries: number;
  /** Characters of a crashed slot's last words that are kept. */
  readonly stderrTailChars: number;
  /** Bytes of one event; the stream refuses more than 64 KiB. */
  readonly eventBytes: number;
}

export const AGENT_LIMITS: AgentLimits = {
  beatMs: 10_000,
  fenceMs: 20_000,
  ackWaitMs: 30_000,
  changeMs: 1_000,
  pullMs: 5_000,
  attemptMs: 7 * 24 * 3_600_000,
  stallMs: 3_600_000,
  checkpointMs: 10_000,
  crashRepeats: 3,
  graceMs: 10_000,
  slotBackMs: 20_000,
  restartMs: 250,
  restartMaxMs: 30_000,
  retryMs: 250,
  retryMaxMs: 5_000,
  openTrials: 256,
  outboxKeepMs: 240_000,
  outboxCheckMs: 5_000,
  outboxCheckCount: 500,
  segmentEntries: 2_000,
  stderrTailChars: 4_000,
  eventBytes: 60_000,
};

/** Throws where limits contradict each other: a slot must stop claiming an item before the server gives it away. */
export function checkLimits(limits: AgentLimits): AgentLimits {
  assert(2 * limits.beatMs <= limits.fenceMs, 'one lost beat must not end a lease: 2 beatMs <= fenceMs');
  assert(limits.fenceMs < limits.ackWaitMs, 'a fenced agent must be silent before redelivery: fenceMs < ackWaitMs');
  assert(limits.slotBackMs < limits.ackWaitMs, 'an item without a slot goes back before redelivery');
  assert(limits.changeMs <= limits.beatMs, 'changes are told at least as often as beats');
  assert(limits.pullMs >= 1_000, 'the server refuses pulls shorter than 1 s');
  assert(limits.stallMs <= limits.attemptMs, 'a stall ends an attempt before its time limit does');
  assert(limits.retryMs <= limits.retryMaxMs && limits.restartMs <= limits.restartMaxMs, 'pauses grow');
  assert(limits.openTrials > 0 && limits.segmentEntries > 0, 'windows hold something');
  assert(limits.eventBytes < 64 * 1024, 'an event fits into the stream');
  return limits;
}
