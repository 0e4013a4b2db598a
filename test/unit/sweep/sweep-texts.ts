/** Sweep files written in tests: a valid one, and pieces to put into it. */

/** `${name}` as a sweep file writes it. */
export function reference(name: string): string {
  return `\${${name}}`;
}

interface Pieces {
  readonly head?: string;
  readonly parameters?: string;
  readonly train?: string;
}

const NOOP = 'train: {noop: {seconds: 0}}';

/** A sweep whose trials only wait, so that parameters need not be used. */
export function noopSweep({ head = 'method: grid', parameters = '', train = NOOP }: Pieces): string {
  return [
    'name: test',
    'metric: {name: val_loss}',
    head,
    parameters === '' ? '' : `parameters:\n${parameters}`,
    train,
  ].join('\n');
}

/** A small real sweep over `lr`. */
export function builtinSweep(changes: Readonly<Record<string, string>> = {}): string {
  const sections: Record<string, string> = {
    name: 'test',
    method: 'grid',
    metric: '{name: val_loss}',
    seeds: '[1, 66]',
    parameters: '{lr: {values: [0.01, 0.1]}}',
    train: [
      '',
      '  data: {name: digits, split: {train: 800, validation: 200}}',
      '  model: [{dense: {units: 100, activation: relu}}, {dense: {units: 10}}]',
      '  loss: cross_entropy',
      `  optimizer: {sgd: {lr: "${reference('lr')}"}}`,
      '  batch_size: 32',
      '  epochs: 2',
    ].join('\n'),
    ...changes,
  };
  return Object.entries(sections)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}
