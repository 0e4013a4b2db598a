/** VGG-13 at 224x224: a model of half a gigabyte is built, trains and is exported by the engine in this process. */
import { createOrtEngine } from '../../agent/engine/index.ts';
import { type BenchNet, benchNet } from '../nets/nets.ts';
import { makeWorkload } from '../nets/workload.ts';

export interface LargeModelReport {
  readonly parameters: number;
  /** Until the first weights are there. */
  readonly buildSeconds: number;
  /** Sessions are opened by the first step. */
  readonly firstStepSeconds: number;
  readonly stepSeconds: number;
  readonly exportSeconds: number;
  readonly exportBytes: number;
  /** Of the whole process, before the export and at its end. */
  readonly trainedPeakBytes: number;
  readonly peakBytes: number;
}

const BATCH = 2;

async function timed<T>(work: () => T | Promise<T>): Promise<readonly [T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

export async function measureLargeModel(): Promise<LargeModelReport> {
  const vgg13 = benchNet('vgg13');
  const net: BenchNet = { ...vgg13, structure: { ...vgg13.structure, batchSize: BATCH }, rows: 4, epochSteps: 1 };
  const { structure } = net;
  const { train, order } = makeWorkload(net);
  const engine = await createOrtEngine({ threads: 1 });
  const [[program, run], buildSeconds] = await timed(async () => {
    const compiled = await engine.compile(structure);
    const { layers, optimizer } = structure;
    return [compiled, await compiled.start({ seed: 1, train, layers, optimizer })] as const;
  });
  const [, firstStepSeconds] = await timed(() => run.trainChunk(order));
  const [{ finite }, stepSeconds] = await timed(() => run.trainChunk(order));
  if (!finite) throw new Error('VGG-13 diverged');
  const trainedPeakBytes = peakBytes();
  const [file, exportSeconds] = await timed(() => run.exportOnnx({}));
  return {
    parameters: program.parameterCount,
    buildSeconds,
    firstStepSeconds,
    stepSeconds,
    exportSeconds,
    exportBytes: file.length,
    trainedPeakBytes,
    peakBytes: peakBytes(),
  };
}
