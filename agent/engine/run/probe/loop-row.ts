/** The op Loop, whose body is a graph of its own. */
import type { Provider } from '../../compile/target.ts';
import { Builder } from '../../ir/graph.ts';
import { tensorType } from '../../ir/types.ts';
import { writeModel } from '../../onnx/model.ts';
import { registry } from '../../ops/registry.ts';
import { makeTensor, openSession, scalar } from '../session.ts';

const OPSET = 18;
const TRIPS = 5;

function doubling(): Uint8Array {
  const outer = new Builder(registry, 'loop');
  const trips = outer.input('trips', tensorType('int64', []));
  const x = outer.input('x', tensorType('float32', [2]));
  const body = outer.body('body');
  body.input('trip', tensorType('int64', []));
  const going = body.input('going', tensorType('bool', []));
  const carried = body.input('carried', tensorType('float32', [2]));
  body.output('go on', going);
  body.output('next', body.op('Add', [carried, carried]));
  const attrs = { body: body.finish(), carried: 1, steps: 'trips' };
  const [last] = outer.outputsOf('Loop', [trips, outer.scalar('bool', 1), x], attrs);
  outer.output('y', last!);
  return writeModel(outer.finish(), { opset: OPSET });
}

export async function tryLoop(
  provider: Provider,
): Promise<{ readonly verdict: 'yes' | 'missing' | 'fails'; readonly reason: unknown }> {
  try {
    const session = await openSession(doubling(), { threads: 1, provider });
    try {
      const x = makeTensor('float32', Float32Array.of(1, 3), [2]);
      const { y } = await session.run({ trips: scalar.int64(TRIPS), x });
      const [first, second] = y!.data as Float32Array;
      return first === 2 ** TRIPS && second === 3 * 2 ** TRIPS
        ? { verdict: 'yes', reason: null }
        : { verdict: 'fails', reason: `${TRIPS} trips gave ${first} and ${second}` };
    } finally {
      await session.release();
    }
  } catch (error) {
    return { verdict: 'missing', reason: error };
  }
}
