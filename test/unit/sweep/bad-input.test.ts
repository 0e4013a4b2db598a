import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import { checkSweep, decodeSweepFile, parseSweep, SWEEP_LIMITS } from '../../../shared/sweep/index.ts';
import { reference } from './sweep-texts.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/bad-input/sweep/', import.meta.url));

/** `expected.txt`: two lines per file, `<file> exit <code>` and, indented, the message as a person sees it. */
function readExpected() {
  const lines = readFileSync(`${FOLDER}expected.txt`, 'utf8').trimEnd().split('\n');
  const expected = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [file, , exit] = (lines[i] as string).split(' ') as [string, string, string];
    expected.push({ file, exit: Number(exit), message: (lines[i + 1] as string).trim() });
  }
  return expected;
}

const EXPECTED = readExpected();

function refusalOf(bytes: Uint8Array, file: string): unknown {
  try {
    return parseSweep(decodeSweepFile(bytes, file), file);
  } catch (error) {
    return error;
  }
}

describe('a bad sweep file', () => {
  it('is in the table, each one', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
    expect(EXPECTED.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(files.length).toBeGreaterThanOrEqual(30);
  });

  it.each(EXPECTED)('$file ends with the message that says what to do', ({ file, exit, message }) => {
    const refusal = refusalOf(readFileSync(FOLDER + file), file);
    expect(refusal).toBeInstanceOf(SowerError);
    expect(describeError(refusal as SowerError)).toBe(message);
    expect((refusal as SowerError).exit).toBe(exit);
  });

  it('that is larger than the limit is not even parsed', () => {
    const refusal = refusalOf(new Uint8Array(SWEEP_LIMITS.fileBytes + 1).fill(0x20), 'big.yaml') as SowerError;
    expect(describeError(refusal)).toBe(
      'E_SWEEP_TOO_BIG big.yaml: the file has 1048577 bytes, above the limit of 1 MiB; is this the right file? A sweep file lists parameters, not data',
    );
  });

  it('has all its faults listed, in the order in which they stand', () => {
    const text = [
      'name: Bad Name',
      'method: grid',
      'metric: {name: val_los}',
      'seeds: [3, 3]',
      'parameters: {lr: {values: [0.1, 0]}}',
      'train:',
      '  data: digits',
      '  model: [relu]',
      '  loss: cross_entropy',
      `  optimizer: {sgd: {lr: "${reference('lr')}"}}`,
      '  batch_size: 0',
      '  epochs: 1',
    ].join('\n');
    const codes = checkSweep(text, 'x.yaml').map(({ code, where }) => `${code} ${where}`);
    expect(codes).toEqual([
      'E_NAME x.yaml:1:7',
      'E_SWEEP_METRIC x.yaml:3:16',
      'E_SWEEP_DUP_TRIAL x.yaml:4:8',
      'E_SWEEP_RANGE x.yaml:5:33',
      'E_SWEEP_RANGE x.yaml:11:15',
    ]);
  });

  it('of countless faults has the first hundred listed', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}: &a${i} 1`).join('\n');
    expect(checkSweep(keys(20_000), 'x.yaml')).toHaveLength(SWEEP_LIMITS.findings);
    expect(checkSweep('a: 1\n'.repeat(20_000), 'x.yaml')).toHaveLength(SWEEP_LIMITS.findings);
  });

  it('made of arbitrary bytes is refused, never a crash', () => {
    let state = 7;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    const alphabet = 'abc: {}[],&*!|>\'"#%@`-?\n\t 0.1{$}name method train';
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: next() % 60 }, () => alphabet[next() % alphabet.length]).join('');
      expect(refusalOf(new TextEncoder().encode(text), 'random.yaml'), text).toBeInstanceOf(SowerError);
    }
  });
});
