import { z } from 'zod';
import { section } from '../shape.ts';
import type { PrepareStep } from './data-config.ts';
import { present } from './values.ts';

const columns = z.array(z.string().min(1)).min(1).optional().describe('Default: all that the step can be applied to.');
const cell = z.union([z.number(), z.string()]);
const cells = z.array(cell).optional();
const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(3)]);
const spread = z.number().gt(0);

const STRATEGIES = ['mean', 'median', 'mode', 'constant', 'backward_fill'] as const;

/** Stands for leaving a step out, so that a parameter can do so. */
const none = 'none';

/** Degrees and pixels beyond which nothing recognizable is left. */
const MOST_DEGREES = 180;
const MOST_SHIFT = 65_536;

/** One step between stored rows and model. */
export const prepareStep = z.union([
  z.enum([none, 'coerce', 'standardize', 'min_max']),
  section({
    coerce: section({ columns, values: cells.describe('Cells that stand for a missing value, such as "?" or 0.') }),
  }),
  section({
    drop_rows: section({
      columns,
      missing: z.boolean().optional().describe('Rows with a missing cell.'),
      equals: cells.describe('Rows with one of these cells.'),
      below: z.number().optional(),
      above: z.number().optional(),
    }),
  }),
  section({
    impute: section({ columns, strategy: z.enum(STRATEGIES), value: cell.optional().describe('For constant.') }),
  }),
  section({ standardize: section({ columns }) }),
  section({ min_max: section({ columns }) }),
  section({ encode: section({ columns, method: z.enum(['one_hot', 'label']) }) }),
  section({
    normalize: section({
      mean: perChannel.describe('Of the pixels after scale; one for each channel, or one for all.'),
      sd: z.union([spread, z.array(spread).min(1).max(3)]),
    }),
  }),
  section({
    oversample: section({
      method: z.enum(['random', 'smote', none]),
      neighbors: z.int().min(1).max(1000).optional().describe('Of smote. Default 5.'),
    }),
  }),
  section({
    augment: section({
      flip: z.enum([none, 'horizontal', 'vertical', 'both']).optional(),
      shift: z.int().min(0).max(MOST_SHIFT).optional().describe('Pixels, at most, in both directions.'),
      rotate: z.number().min(0).max(MOST_DEGREES).optional().describe('Degrees, at most, in both directions.'),
    }),
  }),
]);

type Written = z.output<typeof prepareStep>;

/** Null for a step that is left out. */
export function prepareStepConfig(written: Written): PrepareStep | null {
  if (typeof written === 'string') return namedStep(written);
  if ('coerce' in written) {
    const { values = [], ...rest } = written.coerce;
    return { type: 'coerce', values, ...present(rest) };
  }
  if ('drop_rows' in written) {
    const { missing = false, equals = [], ...rest } = written.drop_rows;
    return { type: 'drop_rows', missing, equals, ...present(rest) };
  }
  if ('impute' in written) return imputeStep(written.impute);
  if ('standardize' in written) return { type: 'standardize', ...present(written.standardize) };
  if ('min_max' in written) return { type: 'min_max', ...present(written.min_max) };
  if ('encode' in written) {
    const { method, ...rest } = written.encode;
    return { type: 'encode', method, ...present(rest) };
  }
  if ('normalize' in written) return { type: 'normalize', ...written.normalize };
  if ('oversample' in written) {
    const { method, neighbors = 5 } = written.oversample;
    if (method === none) return null;
    return method === 'random' ? { type: 'oversample', method } : { type: 'oversample', method, neighbors };
  }
  const { flip = 'none', shift = 0, rotate = 0 } = written.augment;
  return flip === 'none' && shift === 0 && rotate === 0 ? null : { type: 'augment', flip, shift, rotate };
}

function namedStep(name: Extract<Written, string>): PrepareStep | null {
  if (name === none) return null;
  return name === 'coerce' ? { type: 'coerce', values: [] } : { type: name };
}

function imputeStep(written: {
  readonly columns?: string[] | undefined;
  readonly strategy: (typeof STRATEGIES)[number];
  readonly value?: string | number | undefined;
}): PrepareStep {
  const { strategy, value = 0, columns } = written;
  if (strategy === 'constant') return { type: 'impute', strategy, value, ...present({ columns }) };
  return { type: 'impute', strategy, ...present({ columns }) };
}
