import { describe, expect, it } from 'vitest';
import type { Examples } from '../../../../agent/engine/port.ts';
import { liveColumns } from '../../../../agent/engine/run/live-columns.ts';
import { RunState } from '../../../../agent/engine/run/run-state.ts';
import { floatsOf, makeTensor } from '../../../../agent/engine/run/session.ts';

const WIDTH = 10;
const LIVE = [1, 4, 7];

function examples(rows: number, live: readonly number[], make: (count: number) => Examples['features']): Examples {
  const features = make(rows * WIDTH);
  // One row in each column, and the last row too: no column may be given up early.
  live.forEach((column, i) => {
    features[(rows - 1 - i) * WIDTH + column] = i + 1;
  });
  return { features, shape: [2, 5], labels: new Int32Array(rows), rows };
}

describe('liveColumns', () => {
  it.each([
    ['uint8', (count: number) => new Uint8Array(count)],
    ['float32', (count: number) => new Float32Array(count)],
  ])('keeps the columns that are not zero in every row: %s', (_, make) => {
    const given = examples(2000, LIVE, make);
    const columns = liveColumns(given)!;
    expect([...columns.live]).toEqual(LIVE);
    expect([...columns.dead]).toEqual([0, 2, 3, 5, 6, 8, 9]);
    expect(columns.examples.shape).toEqual([3]);
    expect(columns.examples.features.constructor).toBe(given.features.constructor);
    expect([...columns.examples.features.subarray(-9)]).toEqual([0, 0, 3, 0, 2, 0, 1, 0, 0]);
    expect(liveColumns(given)).toBe(columns);
  });

  it('leaves alone what gains nothing: few rows, no dead columns, no live ones', () => {
    const zeros = (count: number) => new Uint8Array(count);
    const all = Array.from({ length: WIDTH }, (_, column) => column);
    expect(liveColumns(examples(100, LIVE, zeros))).toBeNull();
    expect(liveColumns(examples(2000, all, zeros))).toBeNull();
    expect(liveColumns(examples(2000, [], zeros))).toBeNull();
  });

  it('takes a NaN for a value', () => {
    const given = examples(2000, LIVE, (count) => new Float32Array(count));
    given.features[2] = Number.NaN;
    expect([...liveColumns(given)!.live]).toEqual([1, 2, 4, 7]);
  });
});

describe('RunState', () => {
  const columns = liveColumns(examples(2000, LIVE, (count) => new Uint8Array(count)))!;
  const TENSORS = { weight: '0.weight', slots: ['0.weight/buffer'] };
  const matrix = (values: readonly number[], width: number) =>
    makeTensor('float32', Float32Array.from(values), [values.length / width, width]);
  const counted = Array.from({ length: 2 * WIDTH }, (_, i) => i);
  const silent = counted.map((i) => (LIVE.includes(i % WIDTH) ? i : 0));
  const bias = matrix([5, 6], 1);
  const made = (buffer: readonly number[]) =>
    new RunState(
      new Map([
        ['0.weight', matrix(counted, WIDTH)],
        ['0.weight/buffer', matrix(buffer, WIDTH)],
        ['0.bias', bias],
      ]),
    );

  it('gives live columns, and takes them back among the dead ones', () => {
    const state = made(silent);
    const narrow = state.narrow(columns, TENSORS)!;
    expect(narrow.get('0.bias')).toBe(bias);
    expect(narrow.get('0.weight')).toMatchObject({ dims: [2, 3], data: Float32Array.of(1, 4, 7, 11, 14, 17) });
    const after = new Map([...narrow, ['0.weight', matrix([-1, -4, -7, -11, -14, -17], 3)] as const]);
    state.advanceNarrow(after, columns, TENSORS);
    expect(state.narrow(columns, TENSORS)).toBe(after);
    const whole = state.whole();
    expect([...floatsOf(whole.get('0.weight'))]).toEqual(counted.map((i) => (LIVE.includes(i % WIDTH) ? -i : i)));
    expect([...floatsOf(whole.get('0.weight/buffer'))]).toEqual(silent);
  });

  it('refuses where a dead column has momentum, but only if that is asked for', () => {
    const state = made(silent.with(13, 1e-30));
    expect(state.narrow(columns, TENSORS)).toBeNull();
    expect(state.narrow(columns, { ...TENSORS, slots: [] })).not.toBeNull();
  });
});
