/**
 * WebGPU on a software adapter: function, never speed. The driver is read from the environment when the first session
 * opens; vitest runs this file in a process of its own, so that neither this nor a driver that crashes reaches others.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRAINING_OPSET } from '../../agent/engine/compile/batch.ts';
import { createOrtEngine } from '../../agent/engine/index.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType } from '../../agent/engine/ir/types.ts';
import { writeModel } from '../../agent/engine/onnx/model.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import type { ChunkResult, Engine, Examples, Structure, TrainingRun } from '../../agent/engine/port.ts';
import { openSession } from '../../agent/engine/run/session.ts';
import type { LayerConfig, OptimizerConfig } from '../../shared/sweep/train.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';
import { SOFTWARE_VULKAN, softwareVulkan } from '../support/software-vulkan.ts';

const vulkan = softwareVulkan();
if (vulkan !== null) Object.assign(process.env, vulkan);

const train = learnableExamples({ rows: 150, side: 8, classes: 5, seed: 31 });
/** More than a block of an evaluation. */
const unseen = learnableExamples({ rows: 445, side: 8, classes: 5, seed: 32 });

const MOMENTUM: OptimizerConfig = { type: 'sgd', lr: 0.05, momentum: 0.9, nesterov: false, weightDecay: 1e-4 };
const ADAM: OptimizerConfig = { type: 'adam', lr: 0.003, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };

const structure = (layers: readonly LayerConfig[], optimizer: OptimizerConfig): Structure => ({
  inputShape: [8, 8],
  inputType: 'uint8',
  classes: 5,
  layers,
  loss: { type: 'cross_entropy' },
  optimizer,
  batchSize: 12,
  preprocessing: { shift: 0, scale: 1 / 255 },
});

const mlp = structure(
  [
    { type: 'dense', units: 16, activation: 'relu' },
    { type: 'dense', units: 5 },
  ],
  MOMENTUM,
);

const CONV: LayerConfig = {
  type: 'conv2d',
  outChannels: 4,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: 'same',
  dilation: [1, 1],
  groups: 1,
};

const convNet = structure(
  [
    // The gradient of a bias in front of batch norm is rounding alone, of which Adam makes whole steps.
    { ...CONV, bias: false },
    { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
    { type: 'relu' },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
    { type: 'flatten' },
    { type: 'dense', units: 5 },
  ],
  ADAM,
);

/** Several outputs for each of the groups' single channels: a kernel of WebGPU's is wrong for these. */
const grouped = structure(
  [
    { ...CONV, outChannels: 2, activation: 'relu' },
    { ...CONV, outChannels: 6, groups: 2, activation: 'tanh' },
    { type: 'avg_pool2d', kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], countIncludePad: true },
    { type: 'dense', units: 5 },
  ],
  MOMENTUM,
);

const withDropout = structure(
  [
    { type: 'dense', units: 16, activation: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', units: 5 },
  ],
  MOMENTUM,
);

const embedding: Structure = {
  ...structure(
    [{ type: 'embedding', numEmbeddings: 256, embeddingDim: 2 }, { type: 'flatten' }, { type: 'dense', units: 5 }],
    MOMENTUM,
  ),
  inputShape: [64],
  preprocessing: { shift: 0, scale: 1 },
};

/** Two trips of eight steps, three single ones, and a shorter batch. */
const ORDER = rowOrder(train.rows, 19 * 12 + 7, 33);

const shapedFor = ({ inputShape }: Structure, examples: Examples): Examples => ({ ...examples, shape: inputShape });

describe.skipIf(vulkan === null)(`the engine on WebGPU, on ${SOFTWARE_VULKAN}`, () => {
  let gpu: Engine;
  let cpu: Engine;
  beforeAll(async () => {
    gpu = await createOrtEngine({ threads: 1, provider: 'webgpu' });
    cpu = await createOrtEngine({ threads: 1 });
  });
  afterAll(async () => {
    await gpu.close();
    await cpu.close();
  });

  async function start(engine: Engine, of: Structure): Promise<TrainingRun> {
    const program = await engine.compile(of);
    return program.start({ seed: 7, train: shapedFor(of, train), layers: of.layers, optimizer: of.optimizer });
  }

  it('says with what it computes', () => {
    expect(gpu.identity).toMatchObject({ engine: 'ort', provider: 'webgpu' });
  });

  it.each([
    ['an MLP with momentum', mlp],
    ['a conv net with batch norm and Adam', convNet],
    ['grouped convolutions and overlapping pools', grouped],
    ['an embedding of bytes', embedding],
  ])('trains and evaluates as the CPU does, to four digits: %s', async (_, of) => {
    const [ours, theirs] = [await start(gpu, of), await start(cpu, of)];
    const [found, expected] = [await ours.trainChunk(ORDER), await theirs.trainChunk(ORDER)];
    expect(found).toMatchObject({ steps: 20, finite: true });
    found.losses.forEach((loss, i) => {
      expect(Math.abs(loss / expected.losses[i]! - 1)).toBeLessThan(1e-4);
    });
    const [seen, right] = [await ours.evaluate(shapedFor(of, unseen)), await theirs.evaluate(shapedFor(of, unseen))];
    expect(seen.accuracy).toBe(right.accuracy);
    expect(Math.abs(seen.loss / right.loss - 1)).toBeLessThan(1e-4);
  });

  it('gives the same bits however the order is cut, saved and restored, dropout and all', async () => {
    const [whole, cut, resumed] = [
      await start(gpu, withDropout),
      await start(gpu, withDropout),
      await start(gpu, withDropout),
    ];
    const expected = await whole.trainChunk(ORDER);
    const at = 5 * 12;
    const losses = (part: ChunkResult): readonly number[] => [...part.losses];
    const first = losses(await cut.trainChunk(ORDER.subarray(0, at)));
    resumed.restore(cut.save());
    expect([...first, ...losses(await resumed.trainChunk(ORDER.subarray(at)))]).toEqual(losses(expected));
    expect(resumed.parameters()).toEqual(whole.parameters());
  });

  it('refuses a model that needs a kernel it has not', async () => {
    const b = new Builder(registry, 'missing');
    b.output('y', b.op('Cast', [b.op('IsNaN', [b.input('x', tensorType('float32', [3]))])], { to: 'float32' }));
    const model = writeModel(b.finish(), { opset: TRAINING_OPSET });
    await expect(openSession(model, { threads: 1, provider: 'webgpu' })).rejects.toMatchObject({
      code: 'E_ENGINE_KERNEL',
      fix: expect.stringContaining('--provider cpu'),
    });
  });

  it('notices numbers that are not finite, which its kernels may hide', async () => {
    const run = await start(gpu, mlp);
    const parameters = run.parameters().map((tensor) => ({ ...tensor, values: tensor.values.slice() }));
    parameters[0]!.values[3] = Number.NaN;
    run.setParameters(parameters);
    expect(await run.trainChunk(ORDER)).toMatchObject({ finite: false });
  });
});
