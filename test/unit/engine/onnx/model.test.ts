import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { compileExport } from '../../../../agent/engine/compile/export.ts';
import { initialParameters } from '../../../../agent/engine/compile/structure.ts';
import { compileTrainStep } from '../../../../agent/engine/compile/train-step.ts';
import { writeModel } from '../../../../agent/engine/onnx/model.ts';
import { irVersionOf } from '../../../../agent/engine/onnx/opset.ts';
import { readOpset } from '../../../../agent/engine/onnx/read-opset.ts';
import { MessageWriter } from '../../../../agent/engine/onnx/wire.ts';
import type { Structure } from '../../../../agent/engine/port.ts';
import { decodeModel, type OnnxGraph } from './onnx-schema.ts';

const structure: Structure = {
  inputShape: [2, 3],
  inputType: 'uint8',
  classes: 3,
  layers: [
    { type: 'dense', units: 4, activation: 'relu' },
    { type: 'dense', units: 3 },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0 },
  batchSize: 5,
  preprocessing: { shift: 0, scale: 1 / 255 },
};

describe('wire format', () => {
  const Fields = protobuf.Type.fromJSON('Fields', {
    fields: {
      int: { type: 'int64', id: 1 },
      float: { type: 'float', id: 2 },
      text: { type: 'string', id: 3 },
      bytes: { type: 'bytes', id: 300 },
    },
  });

  it('is what protobufjs reads, for any 64-bit integer, float, text and bytes', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(int64, fc.float({ noNaN: true }), fc.string({ unit: 'grapheme' }), fc.uint8Array(), (i, f, s, b) => {
        const message = new MessageWriter().int(1, i).float(2, f).string(3, s).bytes(300, b).finish();
        const read = Fields.toObject(Fields.decode(message), { longs: String, bytes: Array });
        expect(read).toEqual({ int: String(i), float: f, text: s, bytes: [...b] });
      }),
    );
  });

  it('writes numbers as it writes bigints', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const [number, bigint] = [new MessageWriter().int(1, value), new MessageWriter().int(1, BigInt(value))];
        expect(number.finish()).toEqual(bigint.finish());
      }),
    );
  });

  it('refuses what is not an integer', () => {
    expect(() => new MessageWriter().int(1, 0.5)).toThrow('not an integer: 0.5');
  });
});

/** Every name a graph or one of its bodies uses has to be bound there or further out. */
function unboundNames(graph: OnnxGraph, outer: ReadonlySet<string> = new Set()): string[] {
  const bound = new Set([
    ...outer,
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
  ]);
  const unbound: string[] = [];
  for (const node of graph.node) {
    unbound.push(...node.input.filter((name) => name !== '' && !bound.has(name)));
    for (const { g } of node.attribute) if (g) unbound.push(...unboundNames(g, bound));
    for (const name of node.output) bound.add(name);
  }
  return [...unbound, ...graph.output.map(({ name }) => name).filter((name) => !bound.has(name))];
}

describe('models', () => {
  it('hold the exported graph: weights as initializers, a batch of any size, metadata', () => {
    const parameters = initialParameters(structure, 1);
    const { graph, opset } = compileExport(structure, parameters);
    const bytes = writeModel(graph, { opset, metadata: { classes: '["a","ß"]' } });
    const model = decodeModel(bytes);
    expect([model.irVersion, model.producerName]).toEqual([8, 'sower']);
    expect(model.opsetImport.map(({ domain, version }) => [domain ?? '', version])).toEqual([['', 17]]);
    expect(readOpset(bytes)).toBe(17);
    expect(model.metadataProps).toEqual([{ key: 'classes', value: '["a","ß"]' }]);
    const dims = (info: OnnxGraph['input'][number] | undefined) => info?.type.tensorType.shape.dim;
    expect(dims(model.graph.input[0])).toEqual([{ dimParam: 'batch' }, { dimValue: 2 }, { dimValue: 3 }]);
    expect(model.graph.input.map(({ name, type }) => [name, type.tensorType.elemType])).toEqual([['input', 2]]);
    expect(model.graph.output.map(({ name }) => name)).toEqual(['logits', 'probabilities']);
    expect(dims(model.graph.output[0])).toEqual([{ dimParam: 'batch' }, { dimValue: 3 }]);
    const weight = model.graph.initializer.find(({ name }) => name === '0.weight');
    expect([weight?.dims, weight?.dataType]).toEqual([[4, 6], 1]);
    const values = new Float32Array(weight!.rawData.slice().buffer);
    expect(values).toEqual(parameters[0]?.values);
    expect(unboundNames(model.graph)).toEqual([]);
  });

  it('hold the training graph: a loop whose body carries the state, every name bound', () => {
    const { graph, opset, signature } = compileTrainStep(structure, 5, 1);
    const model = decodeModel(writeModel(graph, { opset }));
    const loop = model.graph.node.find(({ opType }) => opType === 'Loop');
    const body = loop?.attribute.find(({ name }) => name === 'body');
    expect(body?.type).toBe(5);
    expect(body?.g?.input.length).toBe(2 + 8);
    expect(body?.g?.output.length).toBe(1 + 8 + 1);
    expect(unboundNames(model.graph)).toEqual([]);
    expect(model.graph.input.map(({ name }) => name)).toEqual(signature.inputs.map(({ name }) => name));
    const gemm = body?.g?.node.find(({ opType }) => opType === 'Gemm');
    const attributes = new Map(gemm?.attribute.map((attribute) => [attribute.name, attribute]));
    expect([attributes.get('transB')?.type, attributes.get('transB')?.i]).toEqual([2, 1]);
    expect(attributes.get('alpha')).toMatchObject({ type: 1, f: Math.fround(1 / 255) });
  });

  it('declare the oldest file format that may hold their opset', () => {
    expect([15, 17, 18, 19, 20, 21].map(irVersionOf)).toEqual([8, 8, 8, 9, 9, 10]);
    expect(() => irVersionOf(14)).toThrow(RangeError);
  });
});
