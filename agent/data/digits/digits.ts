import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../shared/process/atomic-file.ts';
import type { Examples } from '../../engine/port.ts';
import { hashContents, type RawDataSet } from '../data-set.ts';
import { DIGIT_SIDE, drawDigits } from './draw.ts';

export const DIGITS_TRAIN_ROWS = 10_000;
export const DIGITS_TEST_ROWS = 2_000;

/** What drawing gives, always; changing how digits are drawn means changing this. */
export const DIGITS_HASH = '143dada7c7794683d12154ab70fba71c0a22791ab7297e206c0a27e5fa248715';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const PIXELS = DIGIT_SIDE * DIGIT_SIDE;

/** The built-in data set: from the cache where an intact copy lies there, else drawn and left there. */
export async function openDigits(cacheDir: string): Promise<RawDataSet> {
  const path = join(cacheDir, `digits-${DIGITS_HASH.slice(0, 12)}.bin`);
  const cached = await readFile(path).catch(() => null);
  const known = cached === null ? null : decodeDigits(cached);
  if (known !== null) return known;
  const drawn = drawAllDigits();
  // The cache only saves time: a full or read-only disk must not fail a trial.
  await writeFileAtomically(path, encodeDigits(drawn)).catch(() => undefined);
  return drawn;
}

export function drawAllDigits(): RawDataSet {
  return identified(drawDigits('train', DIGITS_TRAIN_ROWS), drawDigits('test', DIGITS_TEST_ROWS));
}

function identified(train: Examples, test: Examples): RawDataSet {
  return { name: 'digits', train, test, classes: CLASSES, hash: hashContents(train, test, CLASSES) };
}

/** Training pixels, test pixels, training labels, test labels: one byte each. */
function encodeDigits({ train, test }: RawDataSet): Uint8Array {
  const parts = [train, test!];
  return Buffer.concat([
    ...parts.map((part) => part.features as Uint8Array),
    ...parts.map((part) => Uint8Array.from(part.labels)),
  ]);
}

/** Null where the bytes are not what drawing gives; the hash is the checksum. */
function decodeDigits(bytes: Uint8Array): RawDataSet | null {
  if (bytes.length !== (DIGITS_TRAIN_ROWS + DIGITS_TEST_ROWS) * (PIXELS + 1)) return null;
  const labelsAt = (DIGITS_TRAIN_ROWS + DIGITS_TEST_ROWS) * PIXELS;
  const part = (firstRow: number, rows: number): Examples => ({
    features: bytes.subarray(firstRow * PIXELS, (firstRow + rows) * PIXELS),
    shape: [DIGIT_SIDE, DIGIT_SIDE],
    labels: Int32Array.from(bytes.subarray(labelsAt + firstRow, labelsAt + firstRow + rows)),
    rows,
  });
  const known = identified(part(0, DIGITS_TRAIN_ROWS), part(DIGITS_TRAIN_ROWS, DIGITS_TEST_ROWS));
  return known.hash === DIGITS_HASH ? known : null;
}
