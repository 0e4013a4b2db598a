import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSweep, readSpec, resolveTrain, trialAt, writeSpec } from '../../../shared/sweep/index.ts';
import { builtinSweep, noopSweep, reference } from './sweep-texts.ts';

const parse = (text: string) => parseSweep(text, 'test.yaml');
const shipped = (name: string) => parse(readFileSync(new URL(`../../../sweeps/${name}.yaml`, import.meta.url), 'utf8'));

describe('the sweeps that come with Sower', () => {
  it('quickstart - 60 trials of a 100-unit MLP on the drawn digits', () => {
    const { spec, plannedTrials } = shipped('quickstart');
    expect(plannedTrials).toBe(60);
    expect(spec.seeds).toEqual([1, 66, 88, 100, 200]);
    const last = trialAt(spec, 59);
    expect(last).toMatchObject({
      id: 't000059',
      configuration: 'c0011',
      seed: 200,
      params: { lr: 0.5, momentum: 0.9 },
    });
    expect(resolveTrain(spec, last.params)).toEqual({
      kind: 'builtin',
      data: { name: 'digits', file: null, prepare: [], split: { train: 8000, validation: 2000 }, scale: 'unit' },
      model: [
        { type: 'dense', units: 100, activation: 'relu' },
        { type: 'dense', units: 10 },
      ],
      loss: { type: 'cross_entropy' },
      optimizer: { type: 'sgd', lr: 0.5, momentum: 0.9, nesterov: false, weightDecay: 0 },
      batchSize: 32,
      epochs: 10,
      engine: 'ort',
      schedule: null,
      warmup: null,
      earlyStopping: null,
      bestWeights: null,
      clipGradNorm: null,
      accumulateBatches: 1,
      artifacts: { examples: 8, checkpoint: true },
    });
  });

  it('mnist-lr-momentum - the same grid on MNIST', () => {
    const { spec, plannedTrials } = shipped('mnist-lr-momentum');
    expect(plannedTrials).toBe(60);
    expect(resolveTrain(spec, trialAt(spec, 0).params)).toMatchObject({ data: { name: 'mnist' }, epochs: 20 });
  });
});

describe('the sweep of a small CNN that comes with Sower', () => {
  it('digits-cnn - 6 trials that stop early', () => {
    const { spec, plannedTrials } = shipped('digits-cnn');
    expect(plannedTrials).toBe(6);
    expect(resolveTrain(spec, trialAt(spec, 0).params)).toMatchObject({
      model: [
        {
          type: 'conv2d',
          outChannels: 4,
          kernelSize: [3, 3],
          stride: [1, 1],
          padding: 'same',
          dilation: [1, 1],
          groups: 1,
        },
        { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
        { type: 'relu' },
        { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
        ...Array.from({ length: 7 }, () => ({})),
      ],
      optimizer: { type: 'adam', lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
      earlyStopping: { metric: 'val_loss', patience: 3, minDelta: 0, restoreBest: true },
    });
  });
});

describe('identity', () => {
  it('stays when keys, comments, line ends and quotes of the file change', () => {
    const text = builtinSweep();
    const sections = text.split(/^(?=[a-z])/m);
    const turned = `# a comment\r\n${sections.reverse().join('').replaceAll('\n', '\r\n').replace('name: test', 'name: "test"')}`;
    expect(turned).not.toBe(text);
    expect(parse(turned).id).toBe(parse(text).id);
  });

  it('does not depend on name and description, but on everything trained', () => {
    const plain = parse(builtinSweep());
    expect(parse(builtinSweep({ name: 'other', description: 'words' })).hash).toBe(plain.hash);
    expect(parse(builtinSweep({ name: 'other' })).id).toBe(`other-${plain.hash.slice(0, 8)}`);
    for (const change of [
      { seeds: '[66, 1]' },
      { seeds: '[1, 67]' },
      { metric: '{name: val_accuracy}' },
      { pool: 'gpu' },
    ]) {
      expect(parse(builtinSweep(change)).hash, JSON.stringify(change)).not.toBe(plain.hash);
    }
  });

  it('changes with the order of parameters, which numbers the trials', () => {
    const hashOf = (parameters: string) => parse(noopSweep({ parameters })).hash;
    expect(hashOf('  a: {values: [1, 2]}\n  b: {values: [3, 4]}')).not.toBe(
      hashOf('  b: {values: [3, 4]}\n  a: {values: [1, 2]}'),
    );
  });

  it('survives storage: what is read back is the same sweep', () => {
    const texts = [
      builtinSweep(),
      noopSweep({ head: 'method: random\nrun_cap: 2', parameters: '  a: {values: [1, x], probabilities: [0.5, 0.5]}' }),
      noopSweep({ parameters: '  a: {value: null}\n  b: {values: [[1, {x: true}], -0]}' }),
    ];
    for (const text of texts) {
      const { spec } = parse(text);
      expect(readSpec(writeSpec(spec))).toEqual(spec);
      expect(writeSpec(readSpec(writeSpec(spec)))).toBe(writeSpec(spec));
    }
    expect(() => readSpec('{"name": 1}')).toThrow(expect.objectContaining({ code: 'E_SWEEP_STORED' }));
    expect(() => readSpec('not json')).toThrow(expect.objectContaining({ code: 'E_SWEEP_STORED' }));
  });
});

describe('what a file means', () => {
  const distributionOf = (entry: string) =>
    parse(noopSweep({ head: 'method: random\nrun_cap: 1', parameters: `  a: ${entry}` })).spec.parameters[0]
      ?.distribution;

  it('distributions - W&B defaults by the form of the entry', () => {
    expect(distributionOf('{value: 3}')).toEqual({ type: 'constant', value: 3 });
    expect(distributionOf('{values: [3, x]}')).toEqual({ type: 'categorical', values: [3, 'x'] });
    expect(distributionOf('{min: 1, max: 4}')).toEqual({ type: 'int_uniform', min: 1, max: 4 });
    expect(distributionOf('{min: 0.0, max: 1.0}')).toEqual({ type: 'uniform', min: 0, max: 1 });
    expect(distributionOf('{min: 0, max: 1.0}')).toEqual({ type: 'uniform', min: 0, max: 1 });
    expect(distributionOf('{min: 0, max: 1, q: 0.1}')).toEqual({ type: 'q_uniform', min: 0, max: 1, q: 0.1 });
  });

  it('nested parameters - flattened to dotted paths, in file order', () => {
    const parameters = '  b: {parameters: {y: {value: 1}, x: {parameters: {z: {values: [1, 2]}}}}}\n  a: {value: 2}';
    expect(parse(noopSweep({ parameters })).spec.parameters.map(({ path }) => path)).toEqual(['b.y', 'b.x.z', 'a']);
  });

  it('repeats - short for seeds from 0', () => {
    const parameters = '  a: {values: [1, 2]}';
    const short = parse(noopSweep({ head: 'method: grid\nrepeats: 5', parameters }));
    const long = parse(noopSweep({ head: 'method: grid\nseeds: [0, 1, 2, 3, 4]', parameters }));
    expect(short.spec.seeds).toEqual([0, 1, 2, 3, 4]);
    expect(short.hash).toBe(long.hash);
  });

  it('run_cap - cuts a grid short', () => {
    const parameters = '  a: {min: 1, max: 5000000}';
    expect(parse(noopSweep({ head: 'method: grid\nrun_cap: 7\nseeds: [1, 2]', parameters })).plannedTrials).toBe(14);
  });

  it('goal - by the nature of the metric where it is not written', () => {
    expect(parse(builtinSweep()).spec.objective.goal).toBe('minimize');
    expect(parse(builtinSweep({ metric: '{name: val_accuracy}' })).spec.objective.goal).toBe('maximize');
  });

  it('values that are whole structures - used by value, shown by label', () => {
    const parameters = [
      '',
      '  lr: {value: 0.1}',
      '  layers:',
      '    values:',
      '      - {label: small, value: [{dense: {units: 10}}]}',
      '      - {label: wide, value: [{dense: {units: 50}}, relu, {dense: {units: 10}}]}',
    ].join('\n');
    const model = '  model: [{dense: {units: 100, activation: relu}}, {dense: {units: 10}}]';
    const text = builtinSweep({ parameters }).replace(model, `  model: "${reference('layers')}"`);
    const { spec } = parse(text);
    const wide = resolveTrain(spec, trialAt(spec, 2).params);
    expect(wide.kind === 'builtin' && wide.model).toEqual([
      { type: 'dense', units: 50 },
      { type: 'relu' },
      { type: 'dense', units: 10 },
    ]);
  });

  it('JSON - is YAML too', () => {
    const spec = { name: 'test', method: 'grid', metric: { name: 'loss' }, train: { noop: { seconds: 1 } } };
    expect(parse(JSON.stringify(spec)).plannedTrials).toBe(1);
  });

  it('anchors - a block may be shared', () => {
    const text = noopSweep({ parameters: '  a: &two {values: [1, 2]}\n  b: *two' });
    expect(parse(text).plannedTrials).toBe(4);
  });
});
