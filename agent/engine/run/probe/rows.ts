/** What training needs or might like to have, one node each. */
import { elementwiseRows } from './rows/elementwise.ts';
import { matrixRows } from './rows/matrix.ts';
import { movingRows } from './rows/moving.ts';
import type { ProbeRow } from './rows/row.ts';
import { sumRows } from './rows/sums.ts';

export const probeRows: readonly ProbeRow[] = [...matrixRows, ...elementwiseRows, ...sumRows, ...movingRows];

/** The last need, whose model is no single node. */
export const LOOP = 'Loop';

/** What is asked for, in order. */
export const probeNeeds: readonly string[] = [...probeRows.map(({ need }) => need), LOOP];
