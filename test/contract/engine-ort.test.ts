import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOrtEngine, verifyExport } from '../../agent/engine/index.ts';
import { idxBytes } from '../support/idx-bytes.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';
import { describeEngine, structure } from './engine.ts';
import { describeZeroColumns } from './engine-zero-columns.ts';

describeEngine('onnxruntime on the CPU', { createEngine: () => createOrtEngine({ threads: 1 }), verifyExport });
describeZeroColumns('onnxruntime on the CPU', () => createOrtEngine({ threads: 1 }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-export-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('exports a model that a program without Sower runs on raw pixels, as accurate as evaluated', async () => {
  const train = learnableExamples({ rows: 400, side: 8, classes: 5, seed: 20 });
  const unseen = learnableExamples({ rows: 203, side: 8, classes: 5, seed: 21 });
  const engine = await createOrtEngine({ threads: 1 });
  const program = await engine.compile(structure);
  const { layers, optimizer } = structure;
  const run = await program.start({ seed: 3, train, layers, optimizer });
  // Few steps, so that some rows are wrong and agreement is no accident.
  await run.trainChunk(rowOrder(train.rows, 32 * 16, 22));
  const { accuracy } = await run.evaluate(unseen);
  const files = ['model.onnx', 'images', 'labels'].map((name) => join(folder, name)) as [string, string, string];
  await writeFile(files[0], run.exportOnnx({}));
  await writeFile(files[1], idxBytes([unseen.rows, 8, 8], unseen.features));
  await writeFile(files[2], idxBytes([unseen.rows], unseen.labels));
  await engine.close();

  const script = new URL('../support/run-onnx.mjs', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...files]);
  const independent = JSON.parse(stdout) as { rows: number; accuracy: number };
  expect(independent.rows).toBe(unseen.rows);
  expect(independent.accuracy).toBe(accuracy);
  expect(accuracy).toBeGreaterThan(0.25);
  expect(accuracy).toBeLessThan(1);
});

it('writes into a checkpoint what it belongs to and where the run stands, as safetensors readers show it', async () => {
  const train = learnableExamples({ rows: 40, side: 8, classes: 5, seed: 23 });
  const engine = await createOrtEngine({ threads: 1 });
  const program = await engine.compile(structure);
  const { layers, optimizer } = structure;
  const run = await program.start({ seed: 3, train, layers, optimizer });
  await run.trainChunk(rowOrder(train.rows, 16 * 2, 24));
  run.setLearningRate(0.05);
  const file = run.save();
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));
  expect(header.__metadata__).toMatchObject({
    structure: expect.stringMatching(/^[0-9a-f]{64}$/),
    engine: 'ort',
    engine_version: engine.identity.version,
    provider: 'cpu',
    seed: '3',
    step: '2',
    updates: '2',
    lr: '0.05',
  });
  expect(header['0.weight']).toEqual({ dtype: 'F32', shape: [24, 64], data_offsets: [0, 24 * 64 * 4] });
  expect(Object.keys(header)).toContain('0.weight/scaled_momentum_buffer');
  expect((8 + headerBytes) % 8).toBe(0);
  await engine.close();
});
