/**
 * Forward over many rows, block by block, dropout off. The last block is filled up with the last row, whose copies count
 * for nothing.
 */
import { Builder } from '../ir/graph.ts';
import { fixedDim, tensorType, type Value } from '../ir/types.ts';
import { lossDef } from '../nn/losses.ts';
import { buildModel, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import type { Structure } from '../port.ts';
import { dataType, gatherRows, labelsType, TRAINING_OPSET } from './batch.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph } from './signature.ts';
import { type Target, targets } from './target.ts';

/** `trips` has to be the row count divided by `blockRows`, rounded up. */
export function compileEvalStep(structure: Structure, blockRows: number, target: Target = targets.cpu): CompiledGraph {
  const model = planModel(structure, target.layout);
  const outer = new Builder(registry, 'evaluate');
  const ports = new Ports(outer);
  const trips = ports.input('trips', tensorType('int64', []), { kind: 'trips' });
  const data = ports.input('data', dataType(structure), { kind: 'data' });
  const labels = ports.input('labels', labelsType(structure, model.outputs), { kind: 'labels' });
  const rowCount = ports.input('row_count', tensorType('int32', []), { kind: 'row_count' });
  const parameters = new Map(
    model.parameters.map(({ name, graphShape }) => [
      name,
      ports.input(name, tensorType('float32', graphShape), { kind: 'state', name }),
    ]),
  );

  const b = outer.body('block');
  const block = b.input('block', tensorType('int64', []));
  const going = b.input('going', tensorType('bool', []));
  const { indices, counts } = blockIndices(b, block, blockRows, rowCount);
  const y = b.op('Gather', [labels, indices], { axis: 0 });
  const x = gatherRows(b, structure, data, indices);
  const scores = buildModel({ b, parameter: (name) => parameters.get(name)!, training: null }, model, x).value;
  b.output('go on', going);
  const reported = report(b, structure, scores, y, counts);
  for (const { kind, value } of reported) b.output(`block/${kind}`, value);

  const start = outer.scalar('bool', 1);
  const results = outer.outputsOf('Loop', [trips, start], { body: b.finish(), carried: 0, steps: 'blocks' });
  reported.forEach(({ kind }, i) => {
    ports.output(kind, results[i]!, { kind });
  });
  return ports.finish(TRAINING_OPSET, target);
}

interface Reported {
  readonly kind: 'loss_sums' | 'loss_weights' | 'correct' | 'logits';
  readonly value: Value;
}

/** What a block says of its rows; `labels` and `counts` are `[rows]`, or `labels` `[rows, outputs]` where they are numbers. */
function report(
  b: Builder,
  { loss, classes }: Structure,
  scores: Value,
  labels: Value,
  counts: Value,
): readonly Reported[] {
  const { targets, perRow, rowWeights } = lossDef(loss);
  const outputs = fixedDim(scores.shape[1]);
  const lines = targets(b, labels, { classes, outputs }, 'float32');
  const total = (value: Value): Value =>
    b.op('ReduceSum', [b.op('Mul', [value, counts])], { axes: [0], keepDims: false });
  const reported: Reported[] = [{ kind: 'loss_sums', value: total(perRow(b, scores, lines)) }];
  if (rowWeights !== null) reported.push({ kind: 'loss_weights', value: total(rowWeights(b, lines)) });
  if (classes !== null) {
    const right = b.op('Cast', [b.op('Equal', [guessed(b, scores), labels])], { to: 'float32' });
    reported.push({ kind: 'correct', value: total(right) });
  }
  return [...reported, { kind: 'logits', value: scores }];
}

/** The class of the highest score; of one score the second class where it is positive. int32 `[rows]`. */
function guessed(b: Builder, scores: Value): Value {
  if (scores.shape[1] !== 1) return b.op('Cast', [b.op('ArgMax', [scores], { axis: 1 })], { to: 'int32' });
  const positive = b.op('Cast', [b.op('Greater', [scores, b.scalar('float32', 0)])], { to: 'int32' });
  return b.op('Reshape', [positive], { shape: [scores.shape[0]!] });
}

/** Row indices of a block, the last row again where there are no more, and a 1 for every row that counts. */
function blockIndices(b: Builder, block: Value, blockRows: number, rowCount: Value): { indices: Value; counts: Value } {
  const within = b.constant(
    tensorType('int32', [blockRows]),
    Int32Array.from({ length: blockRows }, (_, i) => i),
  );
  const start = b.op('Mul', [b.op('Cast', [block], { to: 'int32' }), b.scalar('int32', blockRows)]);
  const positions = b.op('Add', [within, start]);
  const last = b.op('Sub', [rowCount, b.scalar('int32', 1)]);
  const counts = b.op('Cast', [b.op('Less', [positions, rowCount])], { to: 'float32' });
  return { indices: b.op('Min', [positions, last]), counts };
}
