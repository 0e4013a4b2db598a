/** Colours of values: viridis rises evenly in lightness, so it can be read in grey and by colour-blind people. */
import { interpolatePuOr, interpolateViridis } from 'd3-scale-chromatic';

export interface Shade {
  readonly fill: string;
  /** What can be read on it. */
  readonly ink: '#fff' | '#111';
}

/** Luma below which white is easier to read than black. */
const DARK = 130;

/** `share` from 0 (dark) to 1 (bright). */
export function shadeOf(share: number): Shade {
  const fill = interpolateViridis(Math.min(1, Math.max(0, share)));
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(fill.slice(at, at + 2), 16));
  return { fill, ink: 0.299 * red! + 0.587 * green! + 0.114 * blue! < DARK ? '#fff' : '#111' };
}

/** Purple below zero, white at it, orange above; `value` from -1 to 1. As red, green, blue from 0 to 255. */
export function signedColor(value: number): readonly [number, number, number] {
  const numbers = interpolatePuOr(0.5 - value / 2).match(/\d+/g)!;
  return [Number(numbers[0]), Number(numbers[1]), Number(numbers[2])];
}

/** Where each value lies between the worst (0) and the best (1); on a log scale where the spread asks for it. */
export function goodness(values: readonly number[], goal: 'minimize' | 'maximize'): (value: number) => number {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const bend = low > 0 && high / low > 8 ? Math.log : (value: number) => value;
  const span = bend(high) - bend(low);
  return (value) => {
    const share = span === 0 ? 1 : (bend(value) - bend(low)) / span;
    return goal === 'maximize' || span === 0 ? share : 1 - share;
  };
}
