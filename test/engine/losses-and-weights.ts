/** What a lowering must not change: the losses of eight steps in two trips, and how large each parameter is after them. */
import type { Lowering } from '../../agent/engine/compile/lower/choice.ts';
import { hyperValues, initialParameters, stateTensors } from '../../agent/engine/compile/structure.ts';
import { targets } from '../../agent/engine/compile/target.ts';
import { compileTrainStep } from '../../agent/engine/compile/train-step.ts';
import type { Structure } from '../../agent/engine/port.ts';
import { parameterValues, smallOrder, smallRows } from './problems.ts';
import { firstState, movingOf, openTraining } from './run-compiled.ts';

const STEPS = 8;
const ROWS = 20;

export async function lossesAndWeights(structure: Structure, lowering: Lowering): Promise<readonly number[]> {
  const { batchSize, inputShape, layers, optimizer } = structure;
  const target = { ...targets.cpu, lowering };
  const runner = await openTraining(compileTrainStep(structure, batchSize, STEPS / 2, {}, target));
  try {
    const values = parameterValues(initialParameters(structure, 5));
    const features = inputShape.reduce((count, dim) => count * dim, 1);
    const { losses, state } = await runner.run({
      rows: smallRows(ROWS, features),
      order: smallOrder(STEPS, batchSize, ROWS),
      hyper: hyperValues(layers, optimizer),
      moving: movingOf(structure, new Array<number>(STEPS).fill(optimizer.lr)),
      state: firstState(stateTensors(structure), values),
    });
    const weights = stateTensors(structure)
      .filter(({ kind }) => kind === 'parameter')
      .map(({ name }) => state.get(name)!.data);
    return [...losses, ...weights.map((data) => data.reduce((sum, value) => sum + Math.abs(value), 0))];
  } finally {
    await runner.release();
  }
}
