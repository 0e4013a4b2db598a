/** An epoch over a file of rows in random order, in a process that may not hold the file's bytes in memory. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { openStoredRows, type RowFile } from '../../agent/data/stored-rows.ts';
import { createOrtEngine, type Structure } from '../../agent/engine/index.ts';
import type { ExampleSource } from '../../agent/engine/port.ts';
import { deriveKey, draw32, drawPermutation } from '../../shared/kernel/random.ts';

const SHAPE = [3, 64, 64];
const ROW_BYTES = 3 * 64 * 64;
const CLASSES = 10;
const BATCH = 32;
const ROWS_AT_ONCE = 1024;

/** A convolution that looks at each pixel once: the time goes into reading. */
const STRUCTURE: Structure = {
  inputShape: SHAPE,
  inputType: 'uint8',
  classes: CLASSES,
  layers: [
    {
      type: 'conv2d',
      outChannels: 8,
      kernelSize: [4, 4],
      stride: [4, 4],
      padding: [0, 0],
      dilation: [1, 1],
      groups: 1,
      activation: 'relu',
    },
    { type: 'dense', units: CLASSES },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: 0.01, momentum: 0.9, nesterov: false, weightDecay: 0 },
  batchSize: BATCH,
  preprocessing: { shift: 0, scale: 1 / 255 },
};

export interface LargeDataReport {
  readonly seconds: number;
  readonly steps: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
  readonly peakBytes: number;
}

const labelOf = (row: number): number => draw32(deriveKey(1, 'label'), row) % CLASSES;

/** Rows of noise, brighter by their class. Returns how many there are. */
export async function writeRows(path: string, bytes: number): Promise<number> {
  const rows = Math.floor(bytes / ROW_BYTES / BATCH) * BATCH;
  const file = createWriteStream(path);
  const noise = Uint8Array.from({ length: 8 * ROW_BYTES }, (_, i) => draw32(1, i) & 0x7f);
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const block = new Uint8Array(Math.min(ROWS_AT_ONCE, rows - from) * ROW_BYTES);
    for (let i = 0; i < block.length / ROW_BYTES; i++) {
      const brightness = 12 * labelOf(from + i);
      const start = draw32(2, from + i) % (7 * ROW_BYTES);
      for (let at = 0; at < ROW_BYTES; at++) block[i * ROW_BYTES + at] = noise[start + at]! + brightness;
    }
    if (!file.write(block)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return rows;
}

/** `held`: read whole into memory first, for comparison. */
export async function measureLargeData(path: string, rows: number, held: boolean): Promise<LargeDataReport> {
  const labels = Int32Array.from({ length: rows }, (_, row) => labelOf(row));
  const file: RowFile = { path, inputType: 'uint8', offsetBytes: 0, shape: SHAPE, labels, rows };
  const train: ExampleSource = held
    ? { features: await readFile(path), shape: SHAPE, labels, rows }
    : openStoredRows(file);
  const engine = await createOrtEngine({ threads: 1 });
  const program = await engine.compile(STRUCTURE);
  const run = await program.start({ seed: 1, train, layers: STRUCTURE.layers, optimizer: STRUCTURE.optimizer });
  const started = performance.now();
  const { losses, finite } = await run.trainChunk(drawPermutation(1, rows));
  if (!finite) throw new Error('training diverged');
  const seconds = (performance.now() - started) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { seconds, steps: losses.length, firstLoss: losses[0]!, lastLoss: losses.at(-1)!, peakBytes };
}
