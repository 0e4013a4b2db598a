/**
 * The model as people use it: raw rows in, scores and probabilities out, weights inside. The batch stands in front and the
 * ops are those of the layers, so that viewers show the model as it was written.
 */
import { Builder } from '../ir/graph.ts';
import { tensorType, type Value } from '../ir/types.ts';
import { buildModel, type Model, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import { type ParameterTensor, preprocessedShape, type Structure } from '../port.ts';
import { preprocess } from './batch.ts';
import { Ports } from './ports.ts';
import { ValueOrigins, withReadableNames } from './readable-names.ts';
import type { CompiledGraph } from './signature.ts';
import { type Target, targets } from './target.ts';

const EXPORT_OPSET = 17;

/** Any runtime takes the file; it has no loops to lower. */
const EXPORT_TARGET: Target = { ...targets.cpu, layout: 'rows' };

/** `parameters` are those of the structure's layers, in PyTorch's shapes. */
export function compileExport(structure: Structure, parameters: readonly ParameterTensor[]): CompiledGraph {
  const model = planModel(structure, EXPORT_TARGET.layout);
  const b = new Builder(registry, 'model');
  const ports = new Ports(b);
  const origins = new ValueOrigins(b);
  const input = ports.input('input', tensorType(structure.inputType, ['batch', ...structure.inputShape]), {
    kind: 'examples',
  });
  const weights = weightsOf(b, model, parameters);
  const x = {
    value: origins.of('input', () => preprocess(b, input, structure)),
    layout: 'rows',
    shape: preprocessedShape(structure.inputShape, structure.preprocessing),
  } as const;
  const context = { b, parameter: (name: string) => weights.get(name)!, training: null };
  const scores = origins.of('output', () => buildModel(context, model, x, origins.aroundLayer)).value;
  if (structure.classes === null) ports.output('predictions', scores, { kind: 'predictions' });
  else {
    ports.output('logits', scores, { kind: 'logits' });
    ports.output('probabilities', probabilitiesOf(b, structure, scores), { kind: 'probabilities' });
  }
  const compiled = ports.finish(EXPORT_OPSET, EXPORT_TARGET);
  return { ...compiled, graph: withReadableNames(compiled.graph, origins) };
}

function weightsOf(b: Builder, model: Model, parameters: readonly ParameterTensor[]): ReadonlyMap<string, Value> {
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  return new Map(
    model.parameters.map(({ name, graphShape }) => {
      const trained = given.get(name);
      if (trained === undefined) throw new Error(`no values for the parameter ${name}`);
      return [name, b.constant(tensorType('float32', graphShape), trained.values, name)];
    }),
  );
}

/** Of each class, `[batch, classes]`, also where the model has one score alone, that of the second of two classes. */
function probabilitiesOf(b: Builder, { loss, layers }: Structure, scores: Value): Value {
  switch (loss.type) {
    case 'nll':
      return b.op('Exp', [scores]);
    case 'bce_with_logits':
      return b.op('Sigmoid', [scores.shape[1] === 1 ? bothScores(b, scores) : scores]);
    case 'cross_entropy':
    case 'mse':
    case 'mae':
    case 'huber':
      return endsInSoftmax(layers) ? scores : b.op('Softmax', [scores], { axis: 1 });
    default:
      return loss satisfies never;
  }
}

/** The score of the first of two classes is that of the second with the other sign: 1 - sigmoid(z) is sigmoid(-z). */
function bothScores(b: Builder, score: Value): Value {
  return b.op('Concat', [b.op('Neg', [score]), score], { axis: 1 });
}

function endsInSoftmax(layers: Structure['layers']): boolean {
  const last = layers.findLast(({ type }) => type !== 'flatten');
  return last?.type === 'softmax' || (last?.type === 'dense' && last.activation === 'softmax');
}
