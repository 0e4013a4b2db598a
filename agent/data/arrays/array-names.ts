/** Which arrays of an archive hold what: by the names that people give them. */
import { SowerError } from '../../../shared/kernel/errors.ts';

export type PartName = 'train' | 'validation' | 'test';

/** Names of a part's features and labels. */
export interface PartNames {
  readonly part: PartName;
  readonly features: string;
  readonly labels: string;
}

/** MedMNIST's, Keras' and scikit-learn's, and plain ones; upper and lower case are the same. */
const CONVENTIONS: readonly Readonly<Partial<Record<PartName, readonly (readonly [string, string])[]>>>[] = [
  {
    train: [['train_images', 'train_labels']],
    validation: [['val_images', 'val_labels']],
    test: [['test_images', 'test_labels']],
  },
  {
    train: [['x_train', 'y_train']],
    validation: [
      ['x_val', 'y_val'],
      ['x_valid', 'y_valid'],
      ['x_validation', 'y_validation'],
    ],
    test: [['x_test', 'y_test']],
  },
  { train: [['x', 'y']] },
  { train: [['images', 'labels']] },
];

const KNOWN = 'x_train, y_train, x_val, y_val, x_test, y_test, or train_images, train_labels, ..., or x, y';
const MOST_NAMED = 12;

/** The parts that the arrays called `names` make up, training first. Throws E_DATA_FORMAT naming what is there. */
export function findParts(names: readonly string[], where: string): readonly PartNames[] {
  const found = new Map(names.map((name) => [name.toLowerCase(), name]));
  const convention = CONVENTIONS.find(({ train = [] }) => train.some((pair) => pair.some((name) => found.has(name))));
  if (convention === undefined) {
    const listed = names.slice(0, MOST_NAMED).join(', ') + (names.length > MOST_NAMED ? ', ...' : '');
    throw new SowerError(
      'E_DATA_FORMAT',
      names.length === 0 ? 'it holds no arrays' : `its arrays are called ${listed}, which says not what to learn`,
      { where, fix: `call them ${KNOWN}` },
    );
  }
  return (['train', 'validation', 'test'] as const).flatMap((part) => {
    for (const [x, y] of convention[part] ?? []) {
      const [features, labels] = [found.get(x), found.get(y)];
      if (features !== undefined && labels !== undefined) return [{ part, features, labels }];
      if (features === undefined && labels === undefined) continue;
      const fix = 'put both there, or take the one out';
      throw new SowerError('E_DATA_FORMAT', `it holds ${features ?? labels} but no ${features === undefined ? x : y}`, {
        where,
        fix,
      });
    }
    return [];
  });
}
