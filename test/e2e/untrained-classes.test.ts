import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHome, type SowerHome } from '../support/sower.ts';

let home: SowerHome;
beforeAll(() => {
  home = openHome();
});
afterAll(() => home.close());

const sweep = `
name: few
method: grid
metric: {name: train_loss, goal: minimize}
seeds: [1]
parameters: {lr: {values: [0.1]}}
train:
  data: {name: digits, split: {train: 6}}
  model: [{dense: {units: 10}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}"}}
  batch_size: 6
  epochs: 1
`;

it('an agent names the test classes that six training rows cannot show', async () => {
  home.write('few.yaml', sweep);
  await home.run('run', 'few.yaml', '--slots', '1');
  const log = readFileSync(join(home.home, 'logs', 'agent.log'), 'utf8');
  expect(log).toMatch(/digits: \d+ of 2000 test rows are of classes that no training row shows: \d, \d, \d, \d/);
}, 60_000);
