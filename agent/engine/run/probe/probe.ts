/** Tries every row of the table on a provider: there is no other way to know which kernels a build has. */
import type { Provider } from '../../compile/target.ts';
import { reasonOf } from '../reason.ts';
import { openSession, type Tensor, type Tensors, typedTensor } from '../session.ts';
import { tryLoop } from './loop-row.ts';
import { inputName, typedValues, valuesOf, writeOneNode } from './one-node.ts';
import type { ProbeRow } from './rows/row.ts';
import { LOOP, probeRows } from './rows.ts';

/** `missing`: no session. `fails`: a session that does not run. `differs`: it runs, with other numbers than the CPU. */
export type Verdict = 'yes' | 'missing' | 'fails' | 'differs';

export interface ProbeResult {
  readonly need: string;
  readonly verdict: Verdict;
  /** The runtime's own words; null for `yes`. */
  readonly reason: string | null;
}

/** Relative to 1 or the number, whichever is larger: kernels on GPUs may keep three digits. */
const TOLERANCE = 2e-3;

/**
 * Results from row `first` on, each as soon as it is known: a kernel may end the whole process, and then what follows is
 * for another one.
 */
export async function* probeProvider(provider: Provider, first = 0): AsyncGenerator<ProbeResult> {
  for (const row of probeRows.slice(first)) yield { need: row.need, ...(await probeRow(row, provider)) };
  const loop = await tryLoop(provider);
  yield { need: LOOP, ...loop, reason: loop.reason === null ? null : words(loop.reason) };
}

async function probeRow(row: ProbeRow, provider: Provider): Promise<Omit<ProbeResult, 'need'>> {
  const found = await outputsOn(row, provider);
  if ('verdict' in found || provider === 'cpu' || row.random === true) return verdictOf(found);
  const expected = await outputsOn(row, 'cpu');
  if ('verdict' in expected) return verdictOf(found);
  const off = largestDeviation(found.numbers, expected.numbers);
  return off <= TOLERANCE ? verdictOf(found) : { verdict: 'differs', reason: `off by ${off}` };
}

type Outcome =
  | { readonly numbers: readonly number[] }
  | { readonly verdict: 'missing' | 'fails'; readonly reason: string };

const verdictOf = (outcome: Outcome): Omit<ProbeResult, 'need'> =>
  'verdict' in outcome ? outcome : { verdict: 'yes', reason: null };

async function outputsOn(row: ProbeRow, provider: Provider): Promise<Outcome> {
  try {
    const session = await openSession(writeOneNode(row), { threads: 1, provider });
    try {
      return { numbers: numbersOf(await session.run(feedsOf(row))) };
    } catch (error) {
      return { verdict: 'fails', reason: words(error) };
    } finally {
      await session.release();
    }
  } catch (error) {
    return { verdict: 'missing', reason: words(error) };
  }
}

function feedsOf({ inputs }: ProbeRow): Tensors {
  const feeds: Record<string, Tensor> = {};
  inputs.forEach((input, i) => {
    if (input === null || 'fixed' in input) return;
    feeds[inputName(i)] = typedTensor(input.dtype, typedValues(input.dtype, valuesOf(input)), input.shape);
  });
  return feeds;
}

function numbersOf(outputs: Tensors): readonly number[] {
  return Object.values(outputs).flatMap(({ data }) => Array.from(data as ArrayLike<number | bigint>, Number));
}

function largestDeviation(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const deviations = expected.map((value, i) => Math.abs(found[i]! - value) / Math.max(1, Math.abs(value)));
  return deviations.reduce((most, one) => Math.max(most, Number.isNaN(one) ? Number.POSITIVE_INFINITY : one), 0);
}

const words = (error: unknown): string => {
  const text = reasonOf(error);
  return /assigned to the default CPU EP|Could not find an implementation/.test(text) ? 'no kernel' : text;
};
