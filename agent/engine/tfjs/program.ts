/** A checked structure; there is nothing to compile, as TensorFlow.js runs operation by operation. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import { planModel } from '../nn/model.ts';
import type { Program, StartOptions, Structure, TrainingRun } from '../port.ts';
import type { Tf } from './load.ts';
import { TfjsTrainingRun } from './training-run.ts';

export class TfjsProgram implements Program {
  readonly parameterCount: number;
  readonly #tf: Tf;
  readonly #structure: Structure;

  /** Throws SowerError E_MODEL_* for an impossible structure. */
  constructor(tf: Tf, structure: Structure) {
    this.parameterCount = planModel(structure)
      .parameters.filter(({ trainable }) => trainable)
      .reduce((sum, { shape }) => sum + elementsOf(shape), 0);
    this.#tf = tf;
    this.#structure = structure;
  }

  async start(options: StartOptions): Promise<TrainingRun> {
    return new TfjsTrainingRun(this.#tf, this.#structure, options);
  }
}
