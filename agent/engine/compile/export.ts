/** The model as people use it: raw rows in, scores and probabilities out, weights inside. */
import { Builder } from '../ir/graph.ts';
import { tensorType, type Value } from '../ir/types.ts';
import { buildModel, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import type { ParameterTensor, Structure } from '../port.ts';
import { featureCount, preprocess } from './batch.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph } from './signature.ts';
import { targets } from './target.ts';

const EXPORT_OPSET = 17;

/** `parameters` are those of the structure's layers, in PyTorch's shapes. */
export function compileExport(structure: Structure, parameters: readonly ParameterTensor[]): CompiledGraph {
  const model = planModel(structure);
  const b = new Builder(registry, 'model');
  const ports = new Ports(b);
  const input = ports.input('input', tensorType(structure.inputType, ['batch', ...structure.inputShape]), {
    kind: 'examples',
  });
  const weights = new Map<string, Value>();
  for (const { name, graphShape } of model.parameters) {
    const trained = parameters.find((parameter) => parameter.name === name);
    if (trained === undefined) throw new Error(`no values for the parameter ${name}`);
    weights.set(name, b.constant(tensorType('float32', graphShape), trained.values, name));
  }
  const rows = b.op('Reshape', [input], { shape: ['batch', featureCount(structure.inputShape)] });
  const x = {
    value: preprocess(b, rows, structure),
    layout: 'rows',
    shape: structure.inputShape,
  } as const;
  const scores = buildModel({ b, parameter: (name) => weights.get(name)!, training: null }, model, x).value;
  ports.output('logits', scores, { kind: 'logits' });
  ports.output('probabilities', b.op('Softmax', [scores], { axis: 1 }), { kind: 'probabilities' });
  return ports.finish(EXPORT_OPSET, targets.cpu);
}
