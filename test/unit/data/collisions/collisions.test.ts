import { describe, expect, it } from 'vitest';
import { openCollisions } from '../../../../agent/data/collisions/collisions.ts';
import { COLLISION_ROWS, drawCollisions } from '../../../../agent/data/collisions/draw-collisions.ts';
import { prepareData } from '../../../../agent/data/prepare/prepare.ts';
import { splitData } from '../../../../agent/data/split.ts';
import { describeError, type SowerError } from '../../../../shared/kernel/errors.ts';
import { DATA_SETS } from '../../../../shared/sweep/index.ts';
import type { PrepareStep } from '../../../../shared/sweep/train/data-config.ts';

const steps: readonly PrepareStep[] = [
  { type: 'coerce', values: [99, 0, 'X', 'H', 'N', '-'], columns: ['Victim Age', 'Victim Sex', 'Victim Descent'] },
  { type: 'impute', strategy: 'median' },
  { type: 'impute', strategy: 'mode' },
  { type: 'encode', method: 'one_hot' },
  { type: 'standardize' },
];

const prepared = async (prepare: readonly PrepareStep[]) => {
  const split = { train: 0.7, validation: 0.15, test: 0.15, stratified: true };
  const config = { name: 'collisions_generated', file: null, split, scale: 'unit', prepare } as const;
  return prepareData(splitData(openCollisions('collisions_generated', prepare), split), config);
};

describe('the generated collisions', () => {
  it('are the same table always', () => {
    const { hash, train, classes } = openCollisions('collisions_generated', [steps[0]!]);
    expect(hash).toBe('ebf557358b7103dc7ee0f5e95685d252fc6c6ff7891c27c49e96b85b2f962827');
    expect([train.rows, classes]).toEqual([COLLISION_ROWS, ['injury', 'none', 'severe']]);
    expect(DATA_SETS.collisions_generated).toMatchObject({ classes: classes!.length, trainingRows: COLLISION_ROWS });
    const counts = [0, 1, 2].map((label) => train.labels.filter((other: number) => other === label).length);
    expect(counts).toEqual([2823, 4684, 493]);
  });

  it('have the columns of the city, each row with all of them', () => {
    const [header, ...rows] = drawCollisions(300).trim().split('\n');
    expect(header!.split(',')).toHaveLength(19);
    expect(header).toMatch(
      /^DR Number,Date Reported,Date Occurred,Time Occurred,Area ID,.*,Cross Street,Location,Severity$/,
    );
    for (const row of rows) expect(row.replace(/"[^"]*"/, 'place').split(',')).toHaveLength(19);
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(300);
  });

  it('have the faults of reports on paper, which steps must mend', async () => {
    const refusal = async (prepare: readonly PrepareStep[]) =>
      prepared(prepare).then(
        () => 'accepted',
        (error: SowerError) => describeError(error),
      );
    const [coerce, median, mode, oneHot] = steps as readonly [PrepareStep, PrepareStep, PrepareStep, PrepareStep];
    expect(await refusal([])).toMatch(/^E_DATA_ENCODE .*Victim Age.* but for \d+ cells such as "UNK" in line \d+/);
    expect(await refusal([coerce, median, mode])).toMatch(/^E_DATA_ENCODE .*Area Name, MO Codes, Victim Sex/);
    expect(await refusal([coerce, oneHot])).toMatch(/^E_DATA_MISSING_CELLS .*column Victim Age \(\d+\)/);
    expect(await refusal(steps)).toBe('accepted');
  });

  it('can be balanced between neighbours', async () => {
    const { data } = await prepared([...steps, { type: 'oversample', method: 'smote', neighbors: 5 }]);
    const counts = [0, 1, 2].map((label) => data.train.labels.filter((other: number) => other === label).length);
    expect(new Set(counts).size).toBe(1);
  });
});
