/** Copies of a run's tensors: the way out of a provider's own memory, which nothing but a session can read. */
import { Builder } from '../ir/graph.ts';
import { tensorType } from '../ir/types.ts';
import { registry } from '../ops/registry.ts';
import { TRAINING_OPSET } from './batch.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph, StateTensor } from './signature.ts';
import type { Target } from './target.ts';

export function compileReadBack(state: readonly StateTensor[], target: Target): CompiledGraph {
  const b = new Builder(registry, 'read back');
  const ports = new Ports(b);
  const values = state.map(({ name, graphShape }) =>
    ports.input(name, tensorType('float32', graphShape), { kind: 'state', name }),
  );
  state.forEach(({ name }, i) => {
    ports.output(`copy of ${name}`, values[i]!, { kind: 'state', name });
  });
  return ports.finish(TRAINING_OPSET, target);
}
