import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../../shared/kernel/errors.ts';
import { checkSweep } from '../../../shared/sweep/index.ts';
import { LAYER_NAMES } from '../../../shared/sweep/train/layers.ts';

const PAGE = readFileSync(new URL('../../../docs/sweep-file.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block as string);

/** What the examples of the page leave out. */
const REST = {
  data: 'data: {name: digits, split: {validation: 0.2}}',
  model: 'model: [{dense: {units: 10}}]',
  loss: 'loss: cross_entropy',
  optimizer: 'optimizer: adam',
  batch_size: 'batch_size: 8',
  epochs: 'epochs: 2',
};

/** A whole sweep around an example: the keys of `train` that it does not have, or the example as the model's layers. */
function sweepWith(block: string): string {
  const body = block.startsWith(' ') ? `train:\n  model:\n${block}` : block;
  const added = Object.entries(REST).filter(([key]) => !body.includes(`\n  ${key}:`));
  const lines = added.map(([, line]) => `  ${line}\n`);
  return `name: t\nmethod: grid\nmetric: {name: val_loss}\n${body}${lines.join('')}`;
}

describe('docs/sweep-file.md', () => {
  it.each(BLOCKS.map((block, index) => [index + 1, block] as const))('example %i is valid', (_, block) => {
    expect(checkSweep(sweepWith(block), 'example.yaml').map(describeError)).toEqual([]);
  });

  it('names every layer', () => {
    const missing = LAYER_NAMES.filter((name) => !PAGE.includes(`\`${name}\``));
    expect(missing).toEqual([]);
    expect(BLOCKS.length).toBeGreaterThanOrEqual(4);
  });
});
