/** What large models and large data sets need: each part in a process of its own, whose peak is its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keepingFreedMemory } from '../../shared/process/freed-memory.ts';
import { packageRoot } from '../../shared/process/package-root.ts';
import type { Benchmark } from '../benchmark.ts';
import { withFolder } from '../temporary-folder.ts';
import { type LargeDataReport, measureLargeData, writeRows } from './large-data.ts';
import { type LargeModelReport, measureLargeModel } from './large-model.ts';

const run = promisify(execFile);

const MB = 2 ** 20;
const DATA_BYTES = 1024 * MB;
const LIMIT_BYTES = 512 * MB;

const inMb = (bytes: number): string => `${Math.round(bytes / MB).toLocaleString('en')} MB`;
const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`;

async function measureApart<T>(args: readonly string[], limiter: readonly string[] = []): Promise<T> {
  const command = [...limiter, process.execPath, join(packageRoot(), 'dist', 'bench.js'), 'measure', ...args];
  const { stdout } = await run(command[0]!, command.slice(1), { env: keepingFreedMemory(process.env) });
  return JSON.parse(stdout) as T;
}

/** The other side, in the process itself. */
export async function measurePart([part, path = '', rows = '0']: readonly string[]): Promise<void> {
  const measured =
    part === 'model' ? await measureLargeModel() : await measureLargeData(path, Number(rows), part === 'held');
  console.log(JSON.stringify(measured));
}

function describeModel(report: LargeModelReport): string {
  return [
    `VGG-13, 224x224, batch 2: ${report.parameters.toLocaleString('en')} parameters (${inMb(4 * report.parameters)})`,
    `  built in ${inSeconds(report.buildSeconds)}; first step ${inSeconds(report.firstStepSeconds)}, a step ${inSeconds(report.stepSeconds)}`,
    `  exported in ${inSeconds(report.exportSeconds)}: ${inMb(report.exportBytes)}`,
    `  peak memory ${inMb(report.trainedPeakBytes)} after training, ${inMb(report.peakBytes)} with the export`,
  ].join('\n');
}

function describeData({ seconds, steps, firstLoss, lastLoss, peakBytes }: LargeDataReport): string {
  const rate = DATA_BYTES / MB / seconds;
  return (
    `an epoch of ${steps.toLocaleString('en')} steps in ${inSeconds(seconds)} (${rate.toFixed(0)} MB/s), ` +
    `loss ${firstLoss.toFixed(2)} to ${lastLoss.toFixed(2)}, peak memory ${inMb(peakBytes)}`
  );
}

/** Private memory is what an allocation takes; the file's pages in the system's cache do not count. */
async function limiter(): Promise<readonly string[] | null> {
  const command = ['prlimit', `--data=${LIMIT_BYTES}`];
  try {
    await run(command[0]!, [...command.slice(1), 'true']);
    return command;
  } catch {
    return null;
  }
}

async function measureStreaming(folder: string): Promise<void> {
  const path = join(folder, 'rows');
  const rows = String(await writeRows(path, DATA_BYTES));
  const limit = await limiter();
  const allowed = limit === null ? 'no limit (prlimit is not here)' : `at most ${inMb(LIMIT_BYTES)} allowed`;
  console.log(`${inMb(DATA_BYTES)} of images on disk, random order, ${allowed}:`);
  const streamed = await measureApart<LargeDataReport>(['streamed', path, rows], limit ?? []);
  console.log(`  streamed: ${describeData(streamed)}`);
  const held = await measureApart<LargeDataReport>(['held', path, rows]);
  console.log(`  held in memory, no limit: ${describeData(held)}`);
  const same = held.lastLoss === streamed.lastLoss && held.firstLoss === streamed.firstLoss;
  console.log(`  last losses are ${same ? 'the same bit for bit' : 'DIFFERENT'}`);
  if (limit === null) return;
  const fate = await measureApart(['held', path, rows], limit).then(
    () => 'works: THE LIMIT DOES NOT HOLD',
    () => 'ends for want of memory, so the limit is real',
  );
  console.log(`  held in memory under the limit: ${fate}`);
}

export const memoryBenchmark: Benchmark = {
  name: 'memory',
  usage: '',
  summary: `VGG-13 at 224x224 builds, trains and exports; a data set of ${inMb(DATA_BYTES)} streams through ${inMb(LIMIT_BYTES)}: peak memory, times`,
  async run() {
    console.log(describeModel(await measureApart<LargeModelReport>(['model'])));
    await withFolder('memory', async (folder) => {
      await measureStreaming(folder);
    });
  },
};
