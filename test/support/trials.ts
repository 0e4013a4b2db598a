import { parseSweep, type SweepSpec, type Trial, trialAt } from '../../shared/sweep/index.ts';

/** A small sweep on drawn digits; `changes` replace whole lines of the file by their key. */
export function digitsSweep(changes: Readonly<Record<string, string>> = {}): SweepSpec {
  const lines: Record<string, string> = {
    metric: '{name: val_loss, goal: minimize}',
    seeds: '[1, 66]',
    parameters: '{lr: {values: [0.1, 0.5]}, momentum: {values: [0.5, 0.9]}}',
    train: trainSection(),
    ...changes,
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}: ${value}`);
  return parseSweep(['name: small', 'method: grid', ...text].join('\n'), 'small.yaml').spec;
}

export interface TrainSection {
  readonly rows?: number;
  readonly split?: string;
  readonly units?: number;
  readonly epochs?: number;
}

export function trainSection({ rows = 1000, split, units = 32, epochs = 2 }: TrainSection = {}): string {
  return `{
    data: {name: digits, split: ${split ?? `{train: ${rows}, validation: 500}`}},
    model: [{dense: {units: ${units}, activation: relu}}, {dense: {units: 10}}],
    loss: cross_entropy,
    optimizer: {sgd: {lr: "\${lr}", momentum: "\${momentum}"}},
    batch_size: 32, epochs: ${epochs}}`;
}

/** A sweep of trials that wait. */
export function noopSweep(seconds: number): SweepSpec {
  return digitsSweep({ train: `{noop: {seconds: ${seconds}}}` });
}

export function firstTrial(spec: SweepSpec): Trial {
  return trialAt(spec, 0);
}
