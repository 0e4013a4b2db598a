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

it('the test classes that six training rows cannot show are named wherever a person looks', async () => {
  home.write('few.yaml', sweep);
  const warning = /\d+ of 2000 test rows are of classes that no training row shows: \d, \d, \d, \d/;
  const { stdout } = await home.run('run', 'few.yaml', '--slots', '1');
  expect(stdout).toMatch(new RegExp(`^warning: 1 trial: ${warning.source}`, 'm'));
  expect(readFileSync(join(home.home, 'logs', 'agent.log'), 'utf8')).toMatch(warning);
  expect((await home.run('show', 't000000')).stdout).toMatch(new RegExp(`^warning     ${warning.source}`, 'm'));
  expect((await home.run('status')).stdout).toMatch(new RegExp(`^look    1 trial: ${warning.source}`, 'm'));
  expect(JSON.parse((await home.run('show', 't000000', '--json')).stdout).notes).toEqual([
    expect.stringMatching(warning),
  ]);
  const again = (await home.run('run', 'few.yaml', '--json')).stdout.trimEnd().split('\n').at(-1)!;
  expect(again).toMatch(new RegExp(`"warnings":\\["1 trial: ${warning.source}`));
  await home.run('report', '-o', 'few.html');
  expect(readFileSync(join(home.folder, 'few.html'), 'utf8')).toMatch(warning);
}, 60_000);
