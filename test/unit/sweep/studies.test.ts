import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameterCount } from '../../../shared/model/parameter-count.ts';
import { checkSweep, modelVariants, parseSweep } from '../../../shared/sweep/index.ts';

const FOLDER = new URL('../../../sweeps/studies/', import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
const FIVE_SEEDS = [1, 66, 88, 100, 200];

interface Expected {
  readonly configurations: number;
  /** Default: five. */
  readonly seeds?: readonly number[];
  /** Of each model that the study trains, in order; null where only a table tells how wide its rows are. */
  readonly parameters: readonly number[] | null;
}

/** A dense layer has (inputs + 1) x units, a convolution (channels x kernel + 1) x filters, batch norm 2 a channel. */
const STUDIES: Readonly<Record<string, Expected>> = {
  '1-collisions.yaml': { configurations: 8, parameters: null },
  '1-collisions-original.yaml': { configurations: 8, parameters: null },
  '2-cnn.yaml': { configurations: 4, parameters: [1_975_940, 1_976_836] },
  '2-cnn-course.yaml': { configurations: 4, parameters: [1_975_940] },
  '2-octmnist.yaml': { configurations: 4, parameters: [1_975_940, 1_976_836] },
  '3-pima-mlp.yaml': { configurations: 27, parameters: null },
  '3-pima-tricks.yaml': { configurations: 16, parameters: null },
  '3-characters-cnn.yaml': { configurations: 2, seeds: [1, 66, 88], parameters: [8_796_004] },
  '3-characters-vgg13.yaml': { configurations: 1, seeds: [1], parameters: [129_098_340] },
  '4-mlp-depth.yaml': { configurations: 20, parameters: [101_770, 118_282, 134_794, 151_306] },
  '4-mlp-course.yaml': { configurations: 12, parameters: [101_770] },
  '4-mlp-share.yaml': { configurations: 18, parameters: [101_770] },
  '4-cnn.yaml': { configurations: 6, parameters: [202_666, 52_138, 202_666, 52_138, 202_666, 52_138] },
  '4-cnn-regularized.yaml': { configurations: 5, parameters: [52_138, 52_186, 52_138, 52_138, 52_138] },
  '4-cnn-schedule.yaml': { configurations: 10, parameters: [52_266] },
  '5-mlp.yaml': { configurations: 12, parameters: [79_510] },
  '5-cnn.yaml': { configurations: 12, parameters: [157_990] },
  '5-cnn-dropout.yaml': { configurations: 12, parameters: [157_990] },
  '5-sums-cnn.yaml': { configurations: 12, parameters: [315_699] },
  '5-sums-lenet5.yaml': { configurations: 12, parameters: [99_177] },
};

describe('the studies that come with Sower', () => {
  it('are these', () => {
    expect(files.toSorted()).toEqual(Object.keys(STUDIES).toSorted());
  });

  it.each(files)('%s: no fault, its grid, its seeds, and models of exactly these sizes', (file) => {
    const text = textOf(file);
    expect(checkSweep(text, file)).toEqual([]);
    const { spec, plannedTrials } = parseSweep(text, file);
    const { configurations, seeds = FIVE_SEEDS, parameters } = STUDIES[file]!;
    expect(spec.name).toBe(`study-${file.replace('.yaml', '')}`);
    expect(spec.configurations).toBe(configurations);
    expect(spec.seeds).toEqual(seeds);
    expect(plannedTrials).toBe(configurations * seeds.length);
    const { variants } = modelVariants(spec);
    const sizes = variants.map(({ layers }) => layers.reduce((sum, layer) => sum + parameterCount(layer), 0));
    expect(sizes).toEqual(parameters ?? []);
  });

  it('say in their first lines how many trials they are', () => {
    for (const file of files) {
      const { plannedTrials } = parseSweep(textOf(file), file);
      expect(textOf(file), file).toMatch(new RegExp(`\\b${plannedTrials} trials?\\b`));
    }
  });

  it('are all in the table of their README', () => {
    const readme = textOf('README.md');
    for (const file of files) expect(readme, file).toContain(`\`${file}\``);
  });
});
