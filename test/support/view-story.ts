/** Messages of a sweep in the making, as the bus would deliver them: real spec, real expansion, made-up training. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/process/package-root.ts';
import { PROTOCOL_VERSION, type TrialReport } from '../../shared/protocol/index.ts';
import type { DoneRecord } from '../../shared/protocol/messages.ts';
import { parseSweep, trialAt } from '../../shared/sweep/index.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import { createSweepView } from '../../shared/view/index.ts';
import type { SweepView } from '../../shared/view/types.ts';

export const STORY_START = Date.UTC(2026, 0, 1, 12, 0, 0);

export function quickstart(): ValidSweep {
  const file = join(packageRoot(), 'sweeps/quickstart.yaml');
  return parseSweep(readFileSync(file, 'utf8'), file);
}

const envelope = (sweep: ValidSweep, author: string, at: number) =>
  ({ v: PROTOCOL_VERSION, sweep: sweep.id, author, at }) as const;

export function start(view: SweepView, sweep: ValidSweep, index: number, agent = 'alpha', slot = 0): void {
  const { id } = trialAt(sweep.spec, index);
  const at = STORY_START + index * 500;
  view.apply({
    type: 'event',
    seq: 2 * index + 2,
    event: {
      ...envelope(sweep, agent, at),
      kind: 'started',
      trial: id,
      attempt: `${agent}-${index}`,
      item: 'i000000',
      gen: 1,
      slot,
    },
  });
}

export function report(view: SweepView, sweep: ValidSweep, index: number, epoch: number, value: number): void {
  const { id } = trialAt(sweep.spec, index);
  const message: TrialReport = {
    v: PROTOCOL_VERSION,
    sweep: sweep.id,
    agent: 'alpha',
    trial: id,
    attempt: `alpha-${index}`,
    slot: 0,
    epoch,
    epochs: 10,
    metrics: { [sweep.spec.objective.name]: value, train_loss: value },
    samplesPerSecond: 123_000,
    at: STORY_START + index * 500 + epoch * 50,
  };
  view.apply({ type: 'report', report: message });
}

export function end(
  view: SweepView,
  sweep: ValidSweep,
  index: number,
  value: number | null,
  outcome: DoneRecord['outcome'] = 'completed',
): void {
  const trial = trialAt(sweep.spec, index);
  view.apply({
    type: 'done',
    record: {
      v: PROTOCOL_VERSION,
      sweep: sweep.id,
      trial: trial.id,
      configuration: trial.configuration,
      seed: trial.seed,
      params: trial.params,
      state: outcome === 'failed' ? 'failed' : 'done',
      outcome,
      reason: outcome === 'completed' ? null : outcome === 'failed' ? 'out of memory' : 'loss is NaN at epoch 2',
      attempts: 1,
      attempt: `alpha-${index}`,
      agent: 'alpha',
      metrics: { [sweep.spec.objective.name]: value },
      history: [],
      epochs: 10,
      steps: 2500,
      seconds: 0.5,
      samplesPerSecond: 120_000,
      model: null,
      failure: null,
      provenance: null,
      event: 2 * index + 3,
      fence: 'f/1',
      at: STORY_START + index * 500 + 500,
    },
  });
}

export function presence(view: SweepView, agent = 'alpha', busy = true): void {
  view.apply({
    type: 'presence',
    at: STORY_START,
    agents: [
      {
        ageMs: 1000,
        entry: {
          v: PROTOCOL_VERSION,
          agent,
          pool: 'default',
          host: 'host-a',
          pid: 1,
          version: '0.1.0',
          slots: [0, 1].map((slot) => ({
            slot,
            device: 'cpu',
            state: busy ? 'busy' : 'idle',
            sweep: null,
            trial: null,
          })),
          gpus: [],
          metricsAddress: null,
          draining: false,
          startedAt: STORY_START,
        },
      },
    ],
  });
}

/** 30 of 60 trials ended (one diverged, one failed), one running, the rest waiting. */
export function halfwayView(): { readonly view: SweepView; readonly sweep: ValidSweep } {
  const sweep = quickstart();
  const view = createSweepView(sweep);
  presence(view);
  for (let index = 0; index < 30; index++) {
    start(view, sweep, index);
    const outcome = index === 7 ? 'diverged' : index === 8 ? 'failed' : 'completed';
    end(view, sweep, index, outcome === 'completed' ? 0.5 - index / 100 : null, outcome);
  }
  start(view, sweep, 30);
  for (let epoch = 1; epoch <= 4; epoch++) report(view, sweep, 30, epoch, 0.9 / epoch);
  return { view, sweep };
}
