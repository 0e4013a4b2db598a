/** The numbers of a trial as the training graph takes them, and what follows from a change of the learning rate. */
import type { LayerConfig, OptimizerConfig } from '../../../shared/sweep/train.ts';
import type { StateTensor } from '../compile/signature.ts';
import { hyperValues, movingValues, ratesOf, slotOf } from '../compile/structure.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import type { Structure } from '../port.ts';
import { scaledTensor } from './column-tensors.ts';
import type { State } from './run-state.ts';
import { scalar, type Tensor } from './session.ts';

/** For so many steps of the optimizer after `done`, by name; `rateOf` says the learning rate of each. */
export type MovingScalars = (
  steps: number,
  done: number,
  rateOf: (step: number) => number,
) => ReadonlyMap<string, Float32Array>;

/**
 * Stands for a rate of zero where slots are proportional to it: a velocity of zero would forget PyTorch's buffer. A power
 * of two, so that nothing is rounded; steps of it are too small to show, and the run undoes what they did to zeros.
 */
const RATE_OF_ZERO = 2 ** -60;

export class OptimizerScalars {
  readonly #structure: Structure;
  readonly #layers: readonly LayerConfig[];
  readonly #optimizer: OptimizerConfig;
  readonly #clipGradNorm: number | undefined;
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
    this.lr = lr;
    const values = hyperValues(this.#layers, { ...this.#optimizer, lr: this.#graphRate }, ratesOf(structure));
    const all = { ...values, ...this.#clipScalar() };
    this.hyper = new Map(Object.entries(all).map(([name, value]) => [name, scalar.float32(value)]));
  }

  at(lr: number): OptimizerScalars {
    const numbers = { layers: this.#layers, optimizer: this.#optimizer, clipGradNorm: this.#clipGradNorm };
    return new OptimizerScalars(this.#structure, numbers, lr);
  }

  readonly moving: MovingScalars = (steps, done, rateOf) => {
    const columns = new Map<string, Float32Array>();
    for (let step = 0; step < steps; step++) {
      const moment = { lr: rateOf(step), count: done + step + 1 };
      for (const [name, value] of Object.entries(movingValues(this.#optimizer, ratesOf(this.#structure), moment))) {
        const column = columns.get(name) ?? new Float32Array(steps);
        column[step] = value;
        columns.set(name, column);
      }
    }
    return columns;
  };

  /** True where the rate is zero and the graph was given another: then parameters have to be left as they were. */
  get freezes(): boolean {
    return this.lr === 0 && this.#graphRate !== 0;
  }

  /** The tensors that follow where the rate becomes that of `next`, changed. */
  rescaled(next: OptimizerScalars, tensors: readonly StateTensor[], state: State): State {
    const slots = new Set(this.#proportional());
    const factor = Math.fround(next.#graphRate) / Math.fround(this.#graphRate);
    const changed = tensors
      .filter(({ name, kind }) => kind === 'slot' && slots.has(slotOf(name)))
      .map(({ name }) => [name, scaledTensor(state.get(name)!, factor)] as const);
    return new Map([...state, ...changed]);
  }

  #proportional(): readonly string[] {
    return optimizerDef(this.#optimizer).proportional(this.#optimizer, ratesOf(this.#structure));
  }

  get #graphRate(): number {
    return this.lr === 0 && this.#proportional().length > 0 ? RATE_OF_ZERO : this.lr;
  }

  #clipScalar(): Readonly<Record<string, number>> {
    if (this.#structure.clipsGradients !== true) return {};
    if (this.#clipGradNorm === undefined) throw new Error('the structure clips gradients, but no norm was given');
    return { max_grad_norm: this.#clipGradNorm };
  }
}
