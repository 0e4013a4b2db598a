import { describe, expect, it } from 'vitest';
import { parseSweep, trialAt } from '../../../shared/sweep/index.ts';
import { createDataHashes } from '../../../shared/view/data-hashes.ts';
import { createSweepView, type ViewMessage } from '../../../shared/view/index.ts';
import { START, storySweep, tell } from './sweep-story.ts';

const ORIGIN = { engine: 'ort', engineVersion: '1', provider: 'cpu', threads: 1, code: 'c', machine: 'm' };
const provenance = (digit: string) => ({ ...ORIGIN, dataHash: digit.repeat(64) });

describe('the hashes of what trials learned from', () => {
  it('warn of trials whose rows are not those of the others, in whatever order they come', () => {
    const sweep = storySweep(2);
    const warnings = (hashOf: (seed: number) => string, backwards = false) => {
      const messages = tell(sweep, ['completed', 'completed', 'diverged']).messages.map((message): ViewMessage => {
        if (message.type !== 'done') return message;
        return { ...message, record: { ...message.record, provenance: provenance(hashOf(message.record.seed)) } };
      });
      const view = createSweepView(sweep);
      for (const message of backwards ? messages.toReversed() : messages) view.apply(message);
      return view.snapshot(START).attention.filter(({ kind }) => kind === 'warning');
    };
    const differs = (seed: number) => (seed === 66 ? 'b' : 'a');
    expect(warnings(() => 'a')).toEqual([]);
    expect(warnings(differs)).toMatchObject([{ count: 1, trials: ['t000001'] }]);
    expect(warnings(differs)[0]!.title).toMatch(
      /^1 trial: rows with the hash b{12}\.\.\. where other trials had a{12}\./,
    );
    expect(warnings(differs, true)).toEqual(warnings(differs));
  });

  it('may differ between trials that ask for different data', () => {
    const text = `
name: t
method: grid
metric: {name: test_loss}
seeds: [1]
parameters: {name: {values: [digits, mnist]}, lr: {values: [0.1, 0.2]}}
train:
  data: {name: "\${name}"}
  model: [{dense: {units: 10}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}"}}
  batch_size: 8
  epochs: 1
`;
    const { spec } = parseSweep(text, 't.yaml');
    const hashes = createDataHashes(spec);
    const add = (index: number, digit: string) => {
      const trial = trialAt(spec, index);
      hashes.add({ provenance: provenance(digit), params: trial.params }, trial);
      return trial.params.name;
    };
    expect([add(0, 'a'), add(1, 'a'), add(2, 'b')]).toEqual(['digits', 'digits', 'mnist']);
    expect([...hashes.strays()]).toEqual([]);
    add(3, 'c');
    expect([...hashes.strays().values()]).toMatchObject([{ count: 1, first: { index: 3 } }]);
  });
});
