/** The numbers of a trial as the training graph takes them. */
import type { LayerConfig, OptimizerConfig } from '../../../shared/sweep/train.ts';
import { hyperValues, movingValues, ratesOf } from '../compile/structure.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import type { Structure } from '../port.ts';
import { scalar, type Tensor } from './session.ts';

/** A stretch of training that a session runs at once. */
export interface Stretch {
  readonly trips: number;
  readonly stepsPerTrip: number;
  /** Steps of the optimizer before it. */
  readonly updates: number;
  /** What the slots have to be multiplied by before it. */
  readonly slotScale: number;
  /** Steps since they were brought back to a scale of about 1; 0 where that is due. Trips of several steps begin with 0. */
  readonly slotPhase: number;
}

export interface StretchScalars {
  /** For each step, by name. */
  readonly moving: ReadonlyMap<string, Float32Array>;
  /** For each trip, or one for them all where a trip is one step. */
  readonly carry: Float32Array;
  /** What the slots have to be multiplied by behind each step. */
  readonly slotScales: Float64Array;
}

/** How far the scale of slots may fall in one stretch: they grow as much, and float32 ends at 2^127. */
const LEAST_SCALE = 2 ** -56;

export class OptimizerScalars {
  readonly #structure: Structure;
  readonly #layers: readonly LayerConfig[];
  readonly #optimizer: OptimizerConfig;
  readonly #clipGradNorm: number | undefined;
  readonly #slotDecay: number;
  readonly lr: number;
  readonly hyper: ReadonlyMap<string, Tensor>;

  constructor(
    structure: Structure,
    numbers: {
      readonly layers: readonly LayerConfig[];
      readonly optimizer: OptimizerConfig;
      readonly clipGradNorm?: number | undefined;
    },
    lr = numbers.optimizer.lr,
  ) {
    this.#structure = structure;
    this.#layers = numbers.layers;
    this.#optimizer = numbers.optimizer;
    this.#clipGradNorm = numbers.clipGradNorm;
    this.#slotDecay = optimizerDef(numbers.optimizer).slotDecay(numbers.optimizer);
    this.lr = lr;
    const values = hyperValues(this.#layers, { ...this.#optimizer, lr }, ratesOf(structure));
    const all = { ...values, ...this.#clipScalar() };
    this.hyper = new Map(Object.entries(all).map(([name, value]) => [name, scalar.float32(value)]));
  }

  at(lr: number): OptimizerScalars {
    const numbers = { layers: this.#layers, optimizer: this.#optimizer, clipGradNorm: this.#clipGradNorm };
    return new OptimizerScalars(this.#structure, numbers, lr);
  }

  /**
   * Steps after which slots are brought back to a scale of about 1: those of a trip, or as many as floats have room for where
   * a trip is one step. Infinity where they are kept as they are.
   */
  slotPeriod(stepsPerTrip: number): number {
    if (this.#slotDecay === 1) return Number.POSITIVE_INFINITY;
    return stepsPerTrip > 1 ? stepsPerTrip : Math.floor(Math.log(LEAST_SCALE) / Math.log(this.#slotDecay));
  }

  /**
   * `rateOf` says the learning rate of each step. Slots are brought back by powers of two, which round nothing but what is
   * next to nothing: below 2^-126 floats have fewer digits, which is why it happens at the same steps however rows are cut.
   */
  over(
    { trips, stepsPerTrip, updates, slotScale, slotPhase }: Stretch,
    rateOf: (step: number) => number,
  ): StretchScalars {
    const steps = trips * stepsPerTrip;
    const moving = new Map<string, Float32Array>();
    const carry = new Float32Array(stepsPerTrip > 1 ? trips : 1).fill(1);
    const slotScales = new Float64Array(steps);
    let scale = slotScale;
    for (let step = 0; step < steps; step++) {
      const trip = step / stepsPerTrip;
      if (slotPhase === 0 && Number.isInteger(trip) && trip < carry.length) {
        carry[trip] = 2 ** Math.floor(Math.log2(scale));
        scale /= carry[trip]!;
      }
      scale *= this.#slotDecay;
      slotScales[step] = scale;
      const moment = { lr: rateOf(step), count: updates + step + 1, scale };
      for (const [name, value] of Object.entries(movingValues(this.#optimizer, ratesOf(this.#structure), moment))) {
        const column = moving.get(name) ?? new Float32Array(steps);
        column[step] = value;
        moving.set(name, column);
      }
    }
    return { moving, carry, slotScales };
  }

  #clipScalar(): Readonly<Record<string, number>> {
    if (this.#structure.clipsGradients !== true) return {};
    if (this.#clipGradNorm === undefined) throw new Error('the structure clips gradients, but no norm was given');
    return { max_grad_norm: this.#clipGradNorm };
  }
}
