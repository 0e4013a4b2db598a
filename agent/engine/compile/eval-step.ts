/**
 * Forward over many rows, block by block, dropout off. The last block is filled up with the last row, whose copies count
 * for nothing.
 */
import { Builder } from '../ir/graph.ts';
import { tensorType, type Value } from '../ir/types.ts';
import { losses } from '../nn/losses.ts';
import { buildModel, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import type { Structure } from '../port.ts';
import { dataType, gatherRows, TRAINING_OPSET } from './batch.ts';
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
  const labels = ports.input('labels', tensorType('int32', ['rows']), { kind: 'labels' });
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
  const lossDef = losses[structure.loss.type];
  const targets = lossDef.targets(b, y, structure.classes, 'float32');
  const sum = (value: Value): Value => b.op('ReduceSum', [value], { axes: [0], keepDims: false });
  const loss = b.op('Mul', [lossDef.perRow(b, scores, targets), counts]);
  const guess = b.op('Cast', [b.op('ArgMax', [scores], { axis: 1 })], { to: 'int32' });
  const right = b.op('Cast', [b.op('Equal', [guess, y])], { to: 'float32' });
  b.output('go on', going);
  b.output('loss_sum', sum(loss));
  b.output('right', sum(b.op('Mul', [right, counts])));
  b.output('scores', scores);

  const start = outer.scalar('bool', 1);
  const results = outer.outputsOf('Loop', [trips, start], { body: b.finish(), carried: 0, steps: 'blocks' });
  ports.output('loss_sums', results[0]!, { kind: 'loss_sums' });
  ports.output('correct', results[1]!, { kind: 'correct' });
  ports.output('logits', results[2]!, { kind: 'logits' });
  return ports.finish(TRAINING_OPSET, target);
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
