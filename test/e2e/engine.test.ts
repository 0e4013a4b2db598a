import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileExport } from '../../agent/engine/compile/export.ts';
import { initialParameters } from '../../agent/engine/compile/structure.ts';
import { writeModel } from '../../agent/engine/onnx/model.ts';
import type { NetReport } from '../../cli/engine/bench-net.ts';
import type { FoundOp, ProviderReport } from '../../cli/engine/probe-provider.ts';
import { smallStructure } from '../engine/problems.ts';
import { openHome, type SowerHome, smallSweep } from '../support/sower.ts';

let home: SowerHome;
beforeAll(() => {
  home = openHome({ SOWER_NATS: '' });
});
afterAll(() => home.close());

describe('sower engine probe', () => {
  it('finds every op that training on the CPU needs, and why a provider does not train', async () => {
    const { code, stdout } = await home.run('engine', 'probe', '--provider', 'cpu,cuda', '--json');
    expect(code).toBe(0);
    const [cpu, cuda] = (JSON.parse(stdout) as { providers: readonly ProviderReport[] }).providers;
    expect(cpu).toMatchObject({ provider: 'cpu', fault: null });
    expect(cpu!.ops.length).toBeGreaterThan(130);
    const verdictOf = (need: string) => cpu!.ops.find((op: FoundOp) => op.need === need)?.verdict;
    for (const need of ['Gemm', 'Conv', 'ConvTranspose', 'Loop', 'Gather uint8 by int32', 'BitwiseXor uint32']) {
      expect([need, verdictOf(need)]).toEqual([need, 'yes']);
    }
    expect(verdictOf('Conv float64')).toBe('missing');
    expect(cuda!.fault === null ? cuda!.ops.length : cuda!.fault).toBeTruthy();
  });

  it('prints what is missing as a table', async () => {
    const { code, stdout } = await home.run('engine', 'probe', '--provider', 'cpu');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cpu {5}trains; \d+ of \d+ ops\n/);
    expect(stdout).toMatch(/\nop +cpu +reason\n/);
    expect(stdout).toMatch(/\nConv float64 +missing\n/);
  });
});

describe('sower engine bench', () => {
  it('measures a net and the ops it spends its time with', async () => {
    const { code, stdout } = await home.run('engine', 'bench', '--net', 'mlp', '--seconds', '1', '--json');
    expect(code).toBe(0);
    const [report] = (JSON.parse(stdout) as { nets: readonly NetReport[] }).nets;
    // 784-100-10 with batches of 32: forward and weight gradient of both layers, input gradient of the second.
    expect(report).toMatchObject({ net: 'mlp', batchSize: 32, flops: 2 * 32 * (2 * 78_400 + 3 * 1_000) });
    expect(report!.gflopsPerSecond).toBeCloseTo((report!.stepsPerSecond * report!.flops) / 1e9, 6);
    expect(report!.gemmGflopsPerSecond).toBeGreaterThan(0);
    expect(report!.ops.find(({ op }) => op === 'Softmax')?.calls).toBe(1);
    expect(report!.ops.map(({ micros }) => micros)).toEqual(
      [...report!.ops.map(({ micros }) => micros)].sort((a, b) => b - a),
    );
  });

  it('refuses a net that is none', async () => {
    const { code, stderr } = await home.run('engine', 'bench', '--net', 'mlp,resnet');
    expect(code).toBe(2);
    expect(stderr).toContain('"resnet" is none of mlp, conv8, seedB, lenet, wide');
  });
});

describe('sower engine inspect', () => {
  it('says what a trial of a sweep compiles to', async () => {
    const file = home.write('sweep.yaml', smallSweep());
    const { code, stdout } = await home.run('engine', 'inspect', file, '--trial', 't000002', '--graph');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^trial t000002 {2}lr=0.05 momentum=0.9\n/);
    expect(stdout).toMatch(/\n0 +dense +\[32\] +25,120 +50,176\n1 +dense +\[10\] +330 +640\n/);
    expect(stdout).toContain('parameters  25,450; with optimizer 204 kB\n');
    expect(stdout).toMatch(/\ngraph +\d+ ops for 8 steps: .*\bGemm \d+.*\bSoftmax 8\b/);
    expect(stdout).toContain('\ntrain(trips: i64[], data: u8[rows,784],');
  });

  it('says the same of a table, whose encoding is part of the graph', async () => {
    home.write('people.csv', 'age,sex,y\n31,m,0\n?,f,1\n50,m,1\n44,f,0\n62,m,1\n19,f,0\n');
    const prepare = '[{impute: {strategy: median}}, {encode: {method: one_hot}}, standardize]';
    const data = `{file: people.csv, split: {validation: 1}, prepare: ${prepare}}`;
    const file = home.write(
      'table.yaml',
      smallSweep()
        .replace(/data: .*/, `data: ${data}`)
        .replace('units: 10', 'units: 2'),
    );
    const { code, stdout, stderr } = await home.run('engine', 'inspect', file, '--graph');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/data: f32\[rows,2\]/);
    expect(stdout).toMatch(/\n0 +dense +\[32\] +128 /);
  });

  it('reads a model file', async () => {
    const structure = smallStructure({ layers: [{ type: 'dense', units: 4 }] });
    const { graph, opset } = compileExport(structure, initialParameters(structure, 1));
    const file = join(home.folder, 'model.onnx');
    writeFileSync(file, writeModel(graph, { opset, metadata: { trial: 't000007' } }));
    const { code, stdout } = await home.run('engine', 'inspect', file);
    expect(code).toBe(0);
    expect(stdout).toContain('format      opset 17, IR version 8, by sower\n');
    expect(stdout).toMatch(/\noutput +logits float32 \[batch, 4\]\noutput +probabilities float32 \[batch, 4\]\n/);
    expect(stdout).toContain('metadata    trial = t000007\n');
  });

  it.each([
    [['sweep.yaml', '--trial', 't000099'], 4, 'E_NO_TRIAL'],
    [['no.onnx'], 3, 'E_MODEL_READ'],
    [['text.onnx'], 3, 'this is not an ONNX model'],
    [['text.onnx', '--graph'], 2, '--graph is for sweep files'],
  ])('refuses %j', async (words, exit, message) => {
    home.write('sweep.yaml', smallSweep());
    home.write('text.onnx', 'no model');
    const { code, stderr } = await home.run('engine', 'inspect', ...words);
    expect([code, stderr]).toEqual([exit, expect.stringContaining(message)]);
  });
});
