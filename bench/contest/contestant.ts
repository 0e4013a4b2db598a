/** Who takes part in a benchmark: something that trains a network round by round, from the common weights. */
import type { BenchNet } from '../nets/nets.ts';

/** What a round took, as the process that trained it saw it. */
export interface RoundTime {
  readonly wallSeconds: number;
  /** Of all its threads: the same where a core is free, and untouched by what others do on a busy machine. */
  readonly cpuSeconds: number;
}

export type Clock = 'wall' | 'cpu';

export interface Contestant {
  /** `PyTorch 2.15.0`. */
  readonly library: string;
  /** Which of its forms: `eager, fused SGD`. */
  readonly variant: string;
  /** Losses of the first steps from the common weights; empty for one that trains nothing. */
  readonly firstLosses: readonly number[];
  readonly stepsPerRound: number;
  /** One round; over when all of it is computed. */
  train(): Promise<RoundTime>;
}

/** What one engine may differ from another in the first losses before something is wrong, as a share of the loss. */
const LOSS_TOLERANCE = 1e-3;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Largest difference of the first losses (slow ones give fewer). Throws where a contestant does not train the same model, or, where masks differ,
 * where its loss does not fall.
 */
export function compareLosses(net: BenchNet, reference: Contestant, other: Contestant): number {
  const name = `${other.library}, ${other.variant}`;
  const theirs = other.firstLosses;
  const ours = reference.firstLosses.slice(0, theirs.length);
  if (ours.length === 0 || theirs.length !== ours.length) throw new Error(`${name} gave ${theirs.length} losses`);
  const differences = ours.map((loss, step) => Math.abs(loss - theirs[step]!));
  const largest = Math.max(...differences);
  if (net.losses === 'falling') {
    const quarter = Math.ceil(theirs.length / 4);
    const falls = [ours, theirs].every((losses) => mean(losses.slice(-quarter)) < mean(losses.slice(0, quarter)));
    if (!falls)
      throw new Error(`${name} or ${reference.library} does not learn: ${theirs.join(' ')}; ${ours.join(' ')}`);
    return largest;
  }
  if (!differences.every((difference, step) => difference <= LOSS_TOLERANCE * Math.max(1, ours[step]!))) {
    throw new Error(`${name} trains something else than ${reference.library}: losses are off by up to ${largest}`);
  }
  return largest;
}
