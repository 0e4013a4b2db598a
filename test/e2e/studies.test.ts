import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { idxBytes } from '../support/idx-bytes.ts';
import { learnableExamples } from '../support/learnable-examples.ts';
import { openHome, type SowerHome } from '../support/sower.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'sweeps', 'studies');

/** Of every study, the files that ask for data, layers and rules of training that no other of them asks for. */
const STUDIES = [
  '1-collisions.yaml',
  '2-cnn-course.yaml',
  '3-pima-tricks.yaml',
  '3-characters-cnn.yaml',
  '4-mlp-depth.yaml',
  '4-cnn-regularized.yaml',
  '5-mlp.yaml',
  '5-sums-lenet5.yaml',
];

interface Study {
  seeds: number[];
  parameters: Record<string, { values: unknown[] }>;
  train: { data: Record<string, unknown>; epochs: number };
}

const read = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8')) as Study;

/** What is drawn takes the place of what is downloaded; there are fewer rows, and characters are smaller. */
function smallData({ data }: Study['train']): Record<string, unknown> {
  if (data.file !== undefined || data.name === 'collisions_generated') return data;
  if (data.name === 'characters') return { ...data, size: [32, 32], split: { train: 36, validation: 36 } };
  const name = String(data.name).replace('mnist_two_digit_sum', 'two_digit_sum').replace('mnist', 'digits');
  return { ...data, name, split: { train: 64, validation: 32 } };
}

/** The study with one seed, one epoch, and the first and the last value of each parameter. */
function cutDown(file: string): { readonly text: string; readonly trials: number } {
  const { parameters, train, ...rest } = read(file);
  const ends = Object.entries(parameters).map(
    ([name, { values }]) => [name, { values: values.length > 2 ? [values[0], values.at(-1)] : values }] as const,
  );
  const study = {
    ...rest,
    seeds: [1],
    parameters: Object.fromEntries(ends),
    train: { ...train, epochs: 1, data: smallData(train) },
  };
  const trials = ends.reduce((product, [, { values }]) => product * values.length, 1);
  return { text: stringify(study, { aliasDuplicateObjects: false }), trials };
}

/** As many columns as the study's table, letters in two cells, a target that follows from two of them. */
function dirtyTable(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = Array.from({ length: 7 }, (_, column) => String(((row + 3) * (column + 7) * 37) % 101));
    const target = Number(cells[1]) + Number(cells[4]) > 100 ? 1 : 0;
    if (row === 5 || row === 60) cells[2] = 'a';
    return [...cells, target].join(',');
  });
  return `${['f1,f2,f3,f4,f5,f6,f7,target', ...lines].join('\n')}\n`;
}

let home: SowerHome;
beforeAll(() => {
  home = openHome({ SOWER_DATA: '' });
});
afterAll(() => home.close());

describe('the studies, cut down', () => {
  it.each(STUDIES)('%s runs to its end, adds up, and its report renders', async (file) => {
    const { text, trials } = cutDown(file);
    mkdirSync(join(home.folder, 'pima'), { recursive: true });
    home.write('pima/pima-dirty.csv', dirtyTable(160));
    const run = await home.run('run', home.write(file, text), '--slots', '1');
    expect(run.stderr).not.toMatch(/^E_/m);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(new RegExp(`finished: ${trials} trials? in`));
    expect((await home.run('audit')).stdout).toContain('every trial was counted exactly once');
    expect((await home.run('report', '-o', 'study.html')).code).toBe(0);
    const page = readFileSync(join(home.folder, 'study.html'), 'utf8');
    for (const title of ['What was swept', 'Ranking', 'How to reproduce']) expect(page).toContain(`<h2>${title}</h2>`);
    expect(page).not.toMatch(/NaN|undefined|\[object/);
  });
});

describe('a study whose training rows lack whole classes', () => {
  const UNTRAINED = [0, 4, 7];

  /** MNIST's four files: the training labels never name three of the ten digits, the test labels name all. */
  function writeDigits(folder: string): void {
    mkdirSync(join(home.folder, folder, 'mnist'), { recursive: true });
    for (const [part, rows] of [
      ['train', 400],
      ['t10k', 100],
    ] as const) {
      const { features, labels } = learnableExamples({ rows, side: 28, classes: 10, seed: rows });
      const kept = [...labels.keys()].filter((row) => part === 't10k' || !UNTRAINED.includes(labels[row]!));
      const pixels = Uint8Array.from(kept.flatMap((row) => [...features.subarray(row * 784, (row + 1) * 784)]));
      const files = {
        'images-idx3-ubyte': idxBytes([kept.length, 28, 28], pixels),
        'labels-idx1-ubyte': idxBytes(
          [kept.length],
          Uint8Array.from(kept, (row) => labels[row]!),
        ),
      };
      for (const [name, bytes] of Object.entries(files)) home.write(`${folder}/mnist/${part}-${name}`, bytes);
    }
  }

  it('is told so in words, at the end of the run and in the report', async () => {
    writeDigits('mine');
    const study = read('4-mlp-depth.yaml');
    const parameters = Object.entries(study.parameters).map(([name, { values }]) => [name, { values: [values[0]] }]);
    const text = stringify({ ...study, seeds: [1], parameters: Object.fromEntries(parameters) });
    const run = await home.run('run', home.write('lacking.yaml', text), '--slots', '1', '--data-dir', 'mine');
    const words = /\d+ of 100 test rows are of classes that no training row shows: 0, 4, 7/;
    expect(run.stdout).toMatch(new RegExp(`^warning: 1 trial: ${words.source}`, 'm'));
    await home.run('report', '-o', 'lacking.html');
    expect(readFileSync(join(home.folder, 'lacking.html'), 'utf8')).toMatch(words);
  });
});
