/** A model over rows: in memory all at once, stored ones block by block. */
import type { InputRole } from '../compile/signature.ts';
import type { Evaluation, ExampleSource, Examples } from '../port.ts';
import { basisFor } from './basis.ts';
import type { RunOutputs } from './compiled-session.ts';
import { checkExamples, readInBlocks, slicesOf } from './examples.ts';
import type { ProgramSessions } from './program-sessions.ts';
import type { RunState } from './run-state.ts';
import { floatsOf, scalar, type Tensor } from './session.ts';

type Kind = 'loss_sums' | 'loss_weights' | 'correct' | 'logits';

/** Mean loss and accuracy; NaN for the accuracy of predicted numbers. */
export async function evaluateRows(
  program: ProgramSessions,
  state: RunState,
  source: ExampleSource,
): Promise<Evaluation> {
  const sums = { loss: 0, weight: 0, correct: 0 };
  for await (const examples of runsOver(program, source)) {
    const outputs = await runBlocks(program, state, examples, ['loss_sums', 'loss_weights', 'correct']);
    const weights = outputs.get('loss_weights');
    const correct = outputs.get('correct');
    sums.loss += total(floatsOf(outputs.get('loss_sums')));
    sums.weight += weights === undefined ? examples.rows : total(floatsOf(weights));
    sums.correct += correct === undefined ? Number.NaN : total(floatsOf(correct));
  }
  return { loss: sums.loss / sums.weight, accuracy: sums.correct / source.rows, rows: source.rows };
}

/** Scores `[rows, outputs]`. */
export async function predictRows(
  program: ProgramSessions,
  state: RunState,
  source: ExampleSource,
): Promise<Float32Array> {
  const scores = new Float32Array(source.rows * program.outputs);
  let at = 0;
  for await (const examples of runsOver(program, source)) {
    const outputs = await runBlocks(program, state, examples, ['logits']);
    const count = examples.rows * program.outputs;
    scores.set(floatsOf(outputs.get('logits')).subarray(0, count), at);
    at += count;
  }
  return scores;
}

/** What one run of the graph takes: a loop goes on from block to block, without one there is a single block. */
async function* runsOver({ target, evalBlockRows }: ProgramSessions, source: ExampleSource): AsyncGenerator<Examples> {
  for await (const examples of readInBlocks(source)) {
    if (target.loops) yield examples;
    else yield* slicesOf(examples, evalBlockRows);
  }
}

const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);

async function runBlocks(
  program: ProgramSessions,
  state: RunState,
  given: Examples,
  kinds: readonly Kind[],
): Promise<RunOutputs> {
  checkExamples(program, given);
  const { sessions, examples, tensors } = basisFor('evaluation', program, state, given);
  const session = await sessions.evaluation();
  const blocks = Math.ceil(examples.rows / sessions.evalBlockRows);
  if (blocks > 1 && !sessions.target.loops) throw new Error(`invariant broken: ${blocks} blocks without a loop`);
  const supply = (role: InputRole): Tensor | undefined => {
    switch (role.kind) {
      case 'trips':
        return scalar.int64(blocks);
      case 'row_count':
        return scalar.int32(examples.rows);
      case 'data':
        return examples.data;
      case 'labels':
        return examples.labels;
      case 'state':
        return tensors.get(role.name);
      default:
        return undefined;
    }
  };
  return session.run(supply, kinds);
}
