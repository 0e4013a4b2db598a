/** Whatever form its convolutions take, a network trains alike; the choice is kept as text. */
import { describe, expect, it } from 'vitest';
import {
  BY_RULE,
  type ConvForm,
  convKey,
  formByRule,
  formsFor,
  type Lowering,
} from '../../agent/engine/compile/lower/choice.ts';
import { convShapes, loweringFrom, loweringText } from '../../agent/engine/compile/lower/structure-convs.ts';
import type { Structure } from '../../agent/engine/port.ts';
import type { Conv2dConfig } from '../../shared/sweep/train.ts';
import { lossesAndWeights } from './losses-and-weights.ts';
import { PLAIN_CONV, PLAIN_POOL, PLAIN_SGD, smallStructure } from './problems.ts';

const CONV: Conv2dConfig = { ...PLAIN_CONV, activation: 'relu' };

const SIDE = 9;
const BATCH = 3;

/** An odd image, pooled to an even one, a plain chain, an addition whose branches share their input, and a pool that overlaps. */
const structure: Structure = smallStructure({
  inputShape: [SIDE, SIDE],
  layers: [
    { ...CONV, padding: 'same' },
    PLAIN_POOL,
    { ...CONV, outChannels: 5 },
    { type: 'add', branches: [[{ ...CONV, outChannels: 5, padding: [1, 1], bias: false }], []] },
    { ...CONV, outChannels: 4, groups: 1, padding: [0, 2] },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [1, 2], padding: [0, 0] },
    { type: 'dense', units: 4 },
  ],
  optimizer: { ...PLAIN_SGD, lr: 0.05, momentum: 0.9 },
  batchSize: BATCH,
});

const shapes = convShapes(structure);

const everywhere = (form: ConvForm): Lowering => ({ chosen: new Map(shapes.map((shape) => [convKey(shape), form])) });

const train = (lowering: Lowering, trained = structure): Promise<readonly number[]> =>
  lossesAndWeights(trained, lowering);

describe('every lowering', () => {
  const forms = formsFor(shapes[0]!);
  const pairs = forms.inputGrad.map((inputGrad, i) => ({
    forward: forms.forward[i % forms.forward.length]!,
    inputGrad,
  }));

  it.each(pairs)('gives the losses and weights of the rule: $forward, $inputGrad', async (form) => {
    const [expected, found] = [await train(BY_RULE), await train(everywhere(form))];
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!) / Math.abs(expected[i]!), `${value}, ${expected[i]}`).toBeLessThan(1e-5);
    });
  });
});

describe('two convolutions on an image of odd sides', () => {
  // Winograd's tiles stand over the edge, where elements mean nothing and no sum may take them.
  const { activation: _, ...linear } = CONV;
  const chainOf = (first: Conv2dConfig): Structure => ({
    ...structure,
    layers: [first, { ...CONV, outChannels: 5 }, { type: 'dense', units: 4 }],
  });
  const forms = formsFor(convShapes(chainOf(CONV))[0]!);
  const winograd = { forward: 'winograd', inputGrad: 'winograd' } as const;
  const plain = { forward: 'im2col', inputGrad: 'gather' } as const;
  const pairs = forms.forward.flatMap((forward): readonly (readonly [string, ConvForm, ConvForm])[] => [
    [`by ${forward} in front of Winograd`, { forward, inputGrad: 'gather' }, winograd],
    [`by ${forward} behind Winograd`, winograd, { forward, inputGrad: forward === 'winograd4' ? forward : 'flipped' }],
  ]);

  it.each(pairs)('train as by im2col: %s', async (__, one, other) => {
    for (const chain of [CONV, linear].map(chainOf)) {
      const [first, second] = convShapes(chain).map(convKey) as [string, string];
      const lowered = (a: ConvForm, b: ConvForm): Lowering => ({
        chosen: new Map([
          [first, a],
          [second, b],
        ]),
      });
      const expected = await train(lowered(plain, plain), chain);
      const found = await train(lowered(one, other), chain);
      found.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!) / Math.abs(expected[i]!), `${value}, ${expected[i]}`).toBeLessThan(2e-5);
      });
    }
  });
});

describe('the rule', () => {
  const plain = { stride: [1, 1], pads: [1, 1, 1, 1], dilation: [1, 1], group: 1, layout: 'columns' } as const;
  const formOfSize = (size: number, channels = 16): string =>
    formByRule({ channels, outputs: 16, size: [size, size], attrs: { ...plain, kernel: [3, 3] } }).forward;

  it('takes the larger tiles of Winograd where few of them stand over the edge', () => {
    expect([4, 7, 8, 11, 12, 28, 224].map((size) => formOfSize(size))).toEqual(new Array(7).fill('winograd4'));
    expect([5, 6, 9, 10, 14].map((size) => formOfSize(size))).toEqual(new Array(5).fill('winograd'));
    expect(formOfSize(28, 3)).toBe('im2col');
  });
});

describe('the text of a lowering', () => {
  it('says it for every convolution, each shape once, and can be read again', () => {
    expect(shapes.map(convKey)).toEqual([
      '1>4/1 9x9 3x3 1x1 1x1x1x1 1x1',
      '4>5/1 4x4 3x3 1x1 1x1x1x1 1x1',
      '5>5/1 4x4 3x3 1x1 1x1x1x1 1x1',
      '5>4/1 4x4 3x3 1x1 0x2x0x2 1x1',
    ]);
    const lowering = everywhere({ forward: 'winograd', inputGrad: 'gather' });
    const text = loweringText(shapes, lowering);
    expect(loweringFrom(shapes, text)).toEqual(lowering);
  });

  it('holds the rule where nothing was chosen, so that another rule changes no running trial', () => {
    const text = loweringText(shapes, BY_RULE);
    expect(loweringFrom(shapes, text)?.chosen.size).toBe(shapes.length);
    expect(loweringText(shapes, loweringFrom(shapes, text)!)).toBe(text);
  });

  it('is refused where it is of other convolutions or names unknown forms', () => {
    expect(loweringFrom(shapes, '')).toBeNull();
    const text = loweringText(shapes, BY_RULE);
    expect(loweringFrom(shapes.slice(1), text)).toBeNull();
    expect(loweringFrom(shapes, text.replace('im2col', 'fourier'))).toBeNull();
  });
});
