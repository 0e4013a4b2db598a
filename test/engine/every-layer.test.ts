/** Every kind of layer: gradients, both layouts whichever comes in, training and inference. */
import { describe, expect, it } from 'vitest';
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import { tensorType, type Value } from '../../agent/engine/ir/types.ts';
import type { Layout } from '../../agent/engine/nn/layer.ts';
import { layers } from '../../agent/engine/nn/layers.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import { expectGradients } from './finite-differences.ts';
import { LAYER_CASES, type LayerCase } from './layer-cases.ts';
import {
  buildLayer,
  drawnInput,
  drawnParameter,
  inputTypes,
  lowered,
  newBuilder,
  type Placing,
  siteOf,
  toLayout,
} from './placed-layer.ts';
import type { Tensor } from './reference/tensor.ts';
import { runGraph } from './run-graph.ts';

const LAYOUTS: readonly Layout[] = ['rows', 'columns'];
const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) => list.map((each, at) => ({ kind, at, each })));

/** y, running statistics, and the gradients of the trainable parameters and the input, by name. */
async function runLayer(each: LayerCase, placing: Placing, x = drawnInput(each)): Promise<ReadonlyMap<string, Tensor>> {
  const site = siteOf(each, placing.outgoing);
  const tensors = [toLayout(x, placing.incoming), ...site.parameters.map(drawnParameter)];
  const b = newBuilder();
  const values = inputTypes(tensors, 'float32').map((type, i) => b.input(`x${i}`, type));
  const { y, updates } = buildLayer(b, site, placing, values);
  b.output('y', y);
  for (const [name, value] of updates) b.output(`next/${name}`, value);
  const inputs = [...tensors];
  if (placing.training) {
    const wanted = wantedOf(each, site.parameters);
    if (wanted.length > 0) {
      const dy = b.input('dy', tensorType('float32', y.shape));
      const gradients = gradient(
        registry,
        b,
        y,
        dy,
        wanted.map((at) => values[at]!),
      );
      gradients.forEach((dx, i) => {
        b.output(`d${['input', ...site.parameters.map(({ name }) => name)][wanted[i]!]}`, dx);
      });
      inputs.push(cotangent(y));
    }
  }
  const results = new Map(await runGraph(lowered(b.finish()), inputs));
  const dx = results.get('dinput');
  if (dx !== undefined && placing.incoming === 'columns') results.set('dinput', inRows(dx));
  return results;
}

function cotangent({ shape }: Value): Tensor {
  const sizes = shape as readonly number[];
  const key = deriveKey('cotangent');
  return {
    shape: sizes,
    data: Array.from({ length: sizes.reduce((n, d) => n * d, 1) }, (_, i) => drawUniform(key, i) - 0.5),
  };
}

/** Positions among input and parameters of those that have a gradient. */
function wantedOf(
  { wholeBelow }: LayerCase,
  parameters: readonly { readonly trainable: boolean }[],
): readonly number[] {
  const trainable = parameters.flatMap((spec, i) => (spec.trainable ? [i + 1] : []));
  return wholeBelow === undefined ? [0, ...trainable] : trainable;
}

function expectSame(got: ReadonlyMap<string, Tensor>, wanted: ReadonlyMap<string, Tensor>): void {
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, { data }] of wanted) {
    got.get(name)!.data.forEach((value, i) => {
      expect(Math.abs(value - data[i]!), `${name} ${i}: ${value}, expected ${data[i]}`).toBeLessThan(2e-5);
    });
  }
}

/** From batch last to batch first. */
function inRows({ shape, data }: Tensor): Tensor {
  const batch = shape.at(-1)!;
  const each = data.length / batch;
  return {
    shape: [batch, ...shape.slice(0, -1)],
    data: data.map((_, i) => data[(i % each) * batch + Math.floor(i / each)]!),
  };
}

describe('every layer', () => {
  it('has cases', () => {
    expect(Object.keys(LAYER_CASES).sort()).toEqual(Object.keys(layers).sort());
    for (const [kind, list] of Object.entries(LAYER_CASES)) {
      expect(list.some(({ composedInFloat32 }) => composedInFloat32 !== true)).toBe(true);
      for (const { config } of list) expect(config.type).toBe(kind);
    }
  });

  it.each(cases.filter(({ each }) => each.composedInFloat32 !== true))(
    '$kind, case $at: has the gradients that central differences say',
    async ({ kind, at, each }) => {
      const site = siteOf(each, 'columns');
      const tensors = [toLayout(drawnInput(each), 'columns'), ...site.parameters.map(drawnParameter)];
      const placing = { incoming: 'columns', outgoing: 'columns', training: true } as const;
      const dtype = each.linear === true ? 'float32' : 'float64';
      await expectGradients({
        types: inputTypes(tensors, dtype),
        values: tensors,
        wanted: wantedOf(each, site.parameters),
        build: (b, values) => buildLayer(b, site, placing, values).y,
        key: deriveKey('layer', kind, at),
        // A function that is linear has the same slope over any distance, and over a long one float32 says it well.
        ...(each.linear === true ? { step: 0.5, tolerance: 1e-6 } : {}),
      });
    },
  );

  it.each(cases)('$kind, case $at: computes the same in either layout, whichever comes in', async ({ each }) => {
    for (const training of [true, false]) {
      const wanted = await runLayer(each, { incoming: 'columns', outgoing: 'columns', training });
      for (const incoming of LAYOUTS) {
        for (const outgoing of LAYOUTS) {
          if (each.config.type === 'dropout' && training) continue;
          expectSame(await runLayer(each, { incoming, outgoing, training }), wanted);
        }
      }
    }
  });

  it.each(cases.filter(({ each }) => each.wholeBelow === undefined))(
    '$kind, case $at: hands NaN on to the example that has it',
    async ({ each }) => {
      const x = drawnInput(each);
      const spoilt = { shape: x.shape, data: x.data.map((value, i) => (i === 0 ? Number.NaN : value)) };
      // onnxruntime's MaxPool looks for the largest number and passes over NaN.
      const layouts = each.config.type === 'max_pool2d' ? (['columns'] as const) : LAYOUTS;
      for (const outgoing of layouts) {
        const result = await runLayer(each, { incoming: outgoing, outgoing, training: false }, spoilt);
        const { data } = result.get('y')!;
        expect(data.slice(0, data.length / x.shape[0]!).some(Number.isNaN)).toBe(true);
      }
    },
  );
});
