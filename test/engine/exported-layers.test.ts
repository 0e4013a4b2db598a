/** Exported models of every kind of layer: what the engine computes, named after the layers, and loaded in silence. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compileEvalStep } from '../../agent/engine/compile/eval-step.ts';
import { compileExport } from '../../agent/engine/compile/export.ts';
import { planModel } from '../../agent/engine/nn/model.ts';
import { writeModel } from '../../agent/engine/onnx/model.ts';
import type { ParameterTensor, Structure } from '../../agent/engine/port.ts';
import type { LayerConfig, LossConfig } from '../../shared/sweep/train.ts';
import { LAYER_CASES, type LayerCase } from './layer-cases.ts';
import { drawnInput, drawnParameter } from './placed-layer.ts';
import { smallStructure } from './problems.ts';
import { evaluateRows } from './run-compiled.ts';
import { openGraph, runGraph } from './run-graph.ts';

const ROWS = 5;
const SEVERITY_WARNING = 2;

const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) => list.map((each, at) => ({ kind, at, each })));

/** The layer and a dense one that makes classes of it. */
function structureOf({ config, inputShape }: LayerCase): Structure {
  const layers: readonly LayerConfig[] = [config, { type: 'flatten' }, { type: 'dense', units: 3 }];
  return smallStructure({ inputShape, layers, classes: 3 });
}

/** Trained values, as it were: nothing is 0 or 1. */
function parametersOf(structure: Structure): readonly ParameterTensor[] {
  return planModel(structure, 'rows').parameters.map((spec) => ({
    name: spec.name,
    shape: spec.shape,
    values: Float32Array.from(drawnParameter(spec).data),
  }));
}

async function evaluatedScores(structure: Structure, each: LayerCase): Promise<readonly number[]> {
  const compiled = compileEvalStep(structure, 3);
  const { data, shape } = drawnInput(each, ROWS);
  const width = data.length / shape[0]!;
  const x = Array.from({ length: ROWS }, (_, row) => data.slice(row * width, (row + 1) * width));
  const values = new Map(parametersOf(structure).map(({ name, values: numbers }) => [name, [...numbers]]));
  const state = new Map(
    planModel(structure).parameters.map(({ name, graphShape }) => [
      name,
      { shape: graphShape, data: values.get(name)! },
    ]),
  );
  const runner = await openGraph(compiled.graph, compiled.opset);
  try {
    const result = await evaluateRows(runner, compiled, { x, labels: [0, 1, 2, 0, 1] }, 3, state);
    return result.get('logits')!.data.slice(0, ROWS * 3);
  } finally {
    await runner.release();
  }
}

describe('the exported model of every layer', () => {
  it.each(cases)('$kind, case $at: computes what the engine does', async ({ each }) => {
    const structure = structureOf(each);
    const { graph, opset } = compileExport(structure, parametersOf(structure));
    const result = await runGraph(graph, [drawnInput(each, ROWS)], opset);
    const wanted = await evaluatedScores(structure, each);
    expect(result.get('logits')!.shape).toEqual([ROWS, 3]);
    result.get('logits')!.data.forEach((value, i) => {
      expect(Math.abs(value - wanted[i]!), `${i}: ${value}, the engine has ${wanted[i]}`).toBeLessThan(1e-5);
    });
  });

  it.each(cases)('$kind, case $at: has names a person can read', ({ each }) => {
    const { graph } = compileExport(structureOf(each), parametersOf(structureOf(each)));
    const names = [...graph.constants.map(({ value }) => value), ...graph.nodes.flatMap((node) => node.outputs)];
    for (const { name } of names) expect(name).toMatch(/^((\d+\.)+[a-z_][\w.]*|input\.[\w.]+|logits|probabilities)$/);
  });

  it('names what a layer makes after its place and kind, weights as PyTorch does', () => {
    const windows = { kernelSize: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 } as const;
    const structure = smallStructure({
      inputShape: [2, 6, 6],
      inputType: 'uint8',
      preprocessing: { shift: 3, scale: 0.5 },
      layers: [
        { type: 'conv2d', outChannels: 4, ...windows, activation: 'relu' },
        { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
        { type: 'add', branches: [[], [{ type: 'sigmoid' }]] },
        { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
        { type: 'dropout', rate: 0.5 },
        { type: 'layer_norm', eps: 1e-5, affine: true },
        { type: 'dense', units: 5, activation: 'leaky_relu' },
        { type: 'dense', units: 4 },
      ],
    });
    const { graph } = compileExport(structure, parametersOf(structure));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['input']);
    expect(graph.nodes.map(({ outputs }) => outputs[0]!.name)).toEqual([
      ...['input.cast', 'input.sub', 'input.mul', '0.conv2d', '0.relu', '1.batch_norm', '2.1.0.sigmoid', '2.add'],
      ...['3.max_pool2d', '5.layer_norm', '6.reshape', '6.dense', '6.leaky_relu', 'logits', 'probabilities'],
    ]);
    expect(graph.constants.map(({ value }) => value.name)).toEqual([
      ...['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '5.weight', '5.bias'],
      ...['6.weight', '6.bias', '7.weight', '7.bias', 'input.sub.operand', 'input.mul.operand'],
    ]);
    const looksUp = smallStructure({
      inputShape: [3],
      layers: [
        { type: 'embedding', numEmbeddings: 5, embeddingDim: 2 },
        { type: 'dense', units: 4 },
      ],
    });
    const names = compileExport(looksUp, parametersOf(looksUp)).graph.nodes.map(({ outputs }) => outputs[0]!.name);
    expect(names).toEqual(['0.cast', '0.embedding', '1.reshape', 'logits', 'probabilities']);
  });

  it('loads in onnxruntime without a warning', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sower-exported-'));
    try {
      const files = await Promise.all(
        cases.map(async ({ kind, at, each }) => {
          const structure = structureOf(each);
          const { graph, opset } = compileExport(structure, parametersOf(structure));
          const file = join(folder, `${kind}-${at}.onnx`);
          await writeFile(file, writeModel(graph, { opset, metadata: { kind } }));
          return file;
        }),
      );
      // In a process of its own: warnings are written by native code, past everything that could be watched in here.
      const script = `
        const { InferenceSession } = require('onnxruntime-node');
        (async () => {
          for (const file of process.argv.slice(1)) {
            await InferenceSession.create(file, { logSeverityLevel: ${SEVERITY_WARNING}, intraOpNumThreads: 1 });
          }
          console.log('loaded', process.argv.length - 1);
        })();`;
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script, ...files]);
      expect(stderr).toBe('');
      expect(stdout).toBe(`loaded ${cases.length}\n`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('outputs of exported models', () => {
  const dense = (units: number): LayerConfig => ({ type: 'dense', units });
  const softmaxOf = (z: readonly number[]): readonly number[] => {
    const exps = z.map((value) => Math.exp(value));
    return exps.map((value) => value / exps.reduce((sum, each) => sum + each, 0));
  };

  async function outputsOf(changes: Partial<Structure>) {
    const structure = smallStructure({ inputShape: [4], ...changes });
    const { graph, opset } = compileExport(structure, parametersOf(structure));
    const result = await runGraph(graph, [{ shape: [1, 4], data: [0.5, -1, 2, 0.25] }], opset);
    return new Map([...result].map(([name, { shape, data }]) => [name, { shape, data }]));
  }

  it.each<[LossConfig['type'], LossConfig, LayerConfig[], (z: readonly number[]) => readonly number[]]>([
    ['cross_entropy', { type: 'cross_entropy' }, [dense(3)], softmaxOf],
    ['nll', { type: 'nll' }, [dense(3), { type: 'log_softmax' }], (z) => z.map((value) => Math.exp(value))],
    ['bce_with_logits', { type: 'bce_with_logits' }, [dense(3)], (z) => z.map((value) => 1 / (1 + Math.exp(-value)))],
    ['mse', { type: 'mse' }, [dense(3), { type: 'softmax' }], (z) => z],
    ['mae', { type: 'mae' }, [dense(3)], softmaxOf],
    ['huber', { type: 'huber', delta: 1 }, [{ type: 'dense', units: 3, activation: 'softmax' }], (z) => z],
  ])('of %s: scores and probabilities that go together', async (_, loss, layers, probabilities) => {
    const outputs = await outputsOf({ classes: 3, loss, layers });
    expect([...outputs.keys()]).toEqual(['logits', 'probabilities']);
    const wanted = probabilities(outputs.get('logits')!.data);
    outputs.get('probabilities')!.data.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 6);
    });
  });

  it('of bce_with_logits on two classes: one score and the probabilities of both classes', async () => {
    const outputs = await outputsOf({ classes: 2, loss: { type: 'bce_with_logits' }, layers: [dense(1)] });
    const [z] = outputs.get('logits')!.data;
    const p = 1 / (1 + Math.exp(-z!));
    expect(outputs.get('logits')!.shape).toEqual([1, 1]);
    expect(outputs.get('probabilities')!.shape).toEqual([1, 2]);
    expect(outputs.get('probabilities')!.data[0]).toBeCloseTo(1 - p, 6);
    expect(outputs.get('probabilities')!.data[1]).toBeCloseTo(p, 6);
  });

  it('of numbers: predictions alone', async () => {
    const outputs = await outputsOf({ classes: null, loss: { type: 'huber', delta: 1 }, layers: [dense(2)] });
    expect([...outputs.keys()]).toEqual(['predictions']);
    expect(outputs.get('predictions')!.shape).toEqual([1, 2]);
  });

  it('take raw values: scaling by channel and by feature is inside', async () => {
    const flatten: LayerConfig[] = [{ type: 'flatten' }, dense(3)];
    const byChannel = smallStructure({ inputShape: [2, 1, 2], inputType: 'uint8', layers: flatten, classes: 3 });
    const preprocessing = { shift: [1, 2], scale: [0.5, 0.25] };
    const parameters = parametersOf(byChannel);
    const scoresFrom = async (structure: Structure, data: readonly number[]) => {
      const { graph, opset } = compileExport(structure, parameters);
      return (await runGraph(graph, [{ shape: [1, ...structure.inputShape], data }], opset)).get('logits')!.data;
    };
    const raw = await scoresFrom({ ...byChannel, preprocessing }, [3, 5, 6, 10]);
    const done = await scoresFrom({ ...byChannel, inputType: 'float32' }, [1, 2, 1, 2]);
    expect(raw).toEqual(done);
    const flat = { ...byChannel, inputShape: [4], inputType: 'float32' } as const;
    const byFeature = { shift: [1, 1, 2, 2], scale: [0.5, 0.5, 0.25, 0.25] };
    expect(await scoresFrom({ ...flat, preprocessing: byFeature }, [3, 5, 6, 10])).toEqual(done);
  });
});
