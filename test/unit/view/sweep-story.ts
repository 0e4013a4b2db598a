/** Messages of a sweep as they would be stored and sent, trial by trial, for tests of what reads them. */
import type {
  DoneRecord,
  PresenceEntry,
  SowerEvent,
  TrialReport,
  TrialResult,
} from '../../../shared/protocol/index.ts';
import { parseSweep, trialAt } from '../../../shared/sweep/index.ts';
import type { ValidSweep } from '../../../shared/sweep/spec.ts';
import type { ViewMessage } from '../../../shared/view/index.ts';

/** What becomes of a trial; `-` stands for an attempt that ended without a result. */
export type Fate =
  | 'untouched'
  | 'running'
  | 'completed'
  | 'diverged'
  | 'failed'
  | 'lost-completed'
  | 'released-completed'
  | 'released'
  | 'failed-once'
  | 'uncounted';

export const FATES: readonly Fate[] = [
  'untouched',
  'running',
  'completed',
  'diverged',
  'failed',
  'lost-completed',
  'released-completed',
  'released',
  'failed-once',
  'uncounted',
];

export const START = 1_700_000_000_000;
const EPOCHS = 3;

export function storySweep(configurations: number, seeds: readonly number[] = [1, 66]): ValidSweep {
  const text = [
    'name: story',
    'method: grid',
    'metric: {name: val_loss}',
    `seeds: [${seeds.join(', ')}]`,
    `parameters: {lr: {min: 1, max: ${configurations}}, fixed: {value: x}}`,
    'train: {noop: {seconds: 0}}',
  ].join('\n');
  return parseSweep(text, 'story.yaml');
}

export interface Story {
  readonly messages: readonly ViewMessage[];
  readonly events: readonly { readonly seq: number; readonly event: SowerEvent }[];
  readonly records: readonly DoneRecord[];
}

/** The whole story in the order in which it happened; `objectiveAt` gives a trial's final objective. */
export function tell(
  sweep: ValidSweep,
  fates: readonly Fate[],
  objectiveAt: (index: number) => number = (index) => 1 / (index + 1),
): Story {
  const teller = createTeller(sweep, objectiveAt);
  teller.log({ ...teller.whole(), kind: 'submitted', specHash: sweep.hash, planned: sweep.plannedTrials });
  for (const [index, fate] of fates.entries()) teller.live(index, fate);
  return teller.story;
}

function createTeller(sweep: ValidSweep, objectiveAt: (index: number) => number) {
  const messages: ViewMessage[] = [];
  const events: { seq: number; event: SowerEvent }[] = [];
  const records: DoneRecord[] = [];
  let at = START;
  const tick = () => {
    at += 250;
    return at;
  };
  const base = () => ({ v: 1 as const, sweep: sweep.id, at: tick() });
  const log = (event: SowerEvent) => {
    const seq = events.length + 1;
    events.push({ seq, event });
    messages.push({ type: 'event', seq, event });
    return seq;
  };
  const begin = (index: number, n: number) => {
    const { id } = trialAt(sweep.spec, index);
    const agent = `host-${(index + n) % 3}`;
    const attempt = `${agent}-b-${index}-${n}`;
    const item = `i${String(index).padStart(6, '0')}`;
    log({ ...base(), author: agent, kind: 'started', trial: id, attempt, item, gen: n, slot: index % 2 });
    return { trial: id, attempt, author: agent };
  };
  type Begun = ReturnType<typeof begin>;
  const report = (index: number, { trial, attempt, author }: Begun, epochs: number) => {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const metrics = { val_loss: objectiveAt(index) + EPOCHS - epoch, train_loss: 0.5 };
      const body: TrialReport = {
        ...base(),
        agent: author,
        trial,
        attempt,
        slot: index % 2,
        epoch,
        epochs: EPOCHS,
        metrics,
        samplesPerSecond: 1000,
      };
      messages.push({ type: 'report', report: body });
    }
  };
  const resultOf = (index: number, outcome: TrialResult['outcome'], seconds = 1.5): TrialResult => ({
    outcome,
    reason: outcome === 'diverged' ? 'loss is NaN at epoch 2' : null,
    metrics: { val_loss: outcome === 'diverged' ? null : objectiveAt(index) },
    epochs: EPOCHS,
    steps: 30,
    seconds,
    samplesPerSecond: 2000,
    history: [3, 2, 1].map((value) => ({ val_loss: value })),
    model: null,
    provenance: null,
  });
  const finish = (
    index: number,
    begun: Begun,
    outcome: TrialResult['outcome'],
    attempts: number,
    { counted = true, seconds = 1.5 } = {},
  ) => {
    const body = resultOf(index, outcome, seconds);
    const seq = log({ ...base(), ...begun, kind: 'result', body });
    if (counted) record(index, begun, seq, attempts, { ...body, state: 'done', failure: null });
  };
  const fail = (begun: Begun, cause: 'user_error' | 'agent_lost', message: string, author = begun.author) => {
    const body = { cause, message, code: null, exitCode: 1, signal: null, stderrTail: '' };
    return { seq: log({ ...base(), ...begun, author, kind: 'failed', body }), body };
  };
  const record = (
    index: number,
    begun: Begun,
    event: number,
    attempts: number,
    facts: Omit<TrialResult, 'outcome'> & Pick<DoneRecord, 'state' | 'outcome' | 'failure'>,
  ) => {
    const { id, configuration, seed, params } = trialAt(sweep.spec, index);
    const counted = { attempt: begun.attempt, agent: begun.author, attempts, event, fence: 'x/1' };
    const done: DoneRecord = { ...base(), trial: id, configuration, seed, params, ...facts, ...counted };
    records.push(done);
    messages.push({ type: 'done', record: done });
  };
  const live = (index: number, fate: Fate) => {
    if (fate === 'untouched') return;
    const first = begin(index, 1);
    report(index, first, fate === 'running' ? 2 : EPOCHS);
    switch (fate) {
      case 'running':
        return;
      case 'completed':
      case 'diverged':
        return finish(index, first, fate, 1);
      case 'uncounted':
        return finish(index, first, 'completed', 1, { counted: false });
      case 'failed': {
        fail(first, 'user_error', `cannot read file ${index}`);
        const second = begin(index, 2);
        const { seq, body } = fail(second, 'user_error', `cannot read file ${index}`);
        const nothing = { ...resultOf(index, 'completed'), metrics: {}, history: [], reason: body.message };
        return record(index, second, seq, 2, { ...nothing, outcome: 'failed', state: 'failed', failure: body });
      }
      case 'failed-once':
        return void fail(first, 'user_error', `cannot read file ${index}`);
      case 'lost-completed':
        fail(first, 'agent_lost', `agent ${first.author} is gone`, 'coordinator');
        // From its beginning: the time of this attempt alone.
        return finish(index, begin(index, 2), 'completed', 2, { seconds: 0.25 });
      case 'released':
      case 'released-completed':
        log({ ...base(), ...first, kind: 'released', reason: 'drain' });
        // What was given back had been saved: 1.5 s are more than the second attempt took.
        return fate === 'released' ? undefined : finish(index, begin(index, 2), 'completed', 2);
    }
  };
  const whole = () => ({ ...base(), author: 'coordinator', trial: '-' as const });
  return { story: { messages, events, records }, log, live, whole };
}

export function presenceOf(agent: string): PresenceEntry {
  return {
    v: 1,
    agent,
    pool: 'default',
    host: `${agent}.lab`,
    pid: 1,
    version: '0.1.0',
    slots: [{ slot: 0, device: 'cpu', state: 'busy', sweep: null, trial: null }],
    gpus: [],
    metricsAddress: null,
    draining: false,
    startedAt: START,
  };
}
