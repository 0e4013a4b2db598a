import { describe, expect, it } from 'vitest';
import { deriveKey, draw32 } from '../../../shared/kernel/random.ts';
import { modelShapes } from '../../../shared/model/model-shapes.ts';
import { outputShape } from '../../../shared/model/output-shape.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { conv, maxPool, mixedNet, vgg13 } from './nets.ts';

/** Places where a window of `extent` fits into `size` positions at every `stride`: counted one by one. */
function placesOf(size: number, extent: number, stride: number): number {
  let places = 0;
  for (let start = 0; start + extent <= size; start += stride) places++;
  return places;
}

function codeOf(config: LayerConfig, inputShape: readonly number[]): string | null {
  try {
    outputShape(config, inputShape, '1');
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the shape after a layer', () => {
  it.each<[LayerConfig, readonly number[], readonly number[]]>([
    [conv(8, 3), [28, 28], [8, 26, 26]],
    [conv(8, 3, { padding: 'same' }), [3, 28, 27], [8, 28, 27]],
    [conv(16, 5, { stride: [2, 2], padding: [2, 2] }), [1, 28, 28], [16, 14, 14]],
    [conv(4, 3, { dilation: [2, 3] }), [2, 9, 9], [4, 5, 3]],
    [maxPool(2), [8, 13, 12], [8, 6, 6]],
    [
      { type: 'avg_pool2d', kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], countIncludePad: true },
      [2, 5, 6],
      [2, 3, 3],
    ],
    [{ type: 'global_max_pool' }, [7, 3, 4], [7]],
    [{ type: 'global_avg_pool' }, [3, 4], [1]],
    [{ type: 'flatten' }, [7, 3, 4], [84]],
    [{ type: 'embedding', numEmbeddings: 9, embeddingDim: 4 }, [6], [6, 4]],
    [{ type: 'add', branches: [[], [{ type: 'relu' }]] }, [2, 3], [2, 3]],
    [{ type: 'concat', branches: [[], [conv(5, 1)], []] }, [2, 3, 3], [9, 3, 3]],
    [{ type: 'concat', branches: [[], [{ type: 'dense', units: 5 }]] }, [4], [9]],
    [{ type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true }, [4, 2, 2], [4, 2, 2]],
  ])('%j of %j is %j', (config, inputShape, expected) => {
    expect(outputShape(config, inputShape, '0')).toEqual(expected);
  });

  it('of a window is the number of places where it fits, for any size, kernel, stride, padding and dilation', () => {
    const key = deriveKey('windows');
    let refused = 0;
    for (let round = 0; round < 500; round++) {
      const draw = (index: number, least: number, most: number) =>
        least + (draw32(key, round * 8 + index) % (most - least + 1));
      const [size, kernel, stride] = [draw(0, 1, 12), draw(1, 1, 5), draw(2, 1, 4)];
      const [padding, dilation] = [draw(3, 0, 3), draw(4, 1, 3)];
      const config = conv(2, kernel, {
        stride: [stride, 1],
        padding: [padding, 3],
        dilation: [dilation, 1],
      });
      const places = placesOf(size + 2 * padding, dilation * (kernel - 1) + 1, stride);
      if (places === 0) {
        refused++;
        expect(codeOf(config, [1, size, 12])).toBe('E_MODEL_SHAPE');
      } else expect(outputShape(config, [1, size, 12], '0')[1]).toBe(places);
    }
    expect(refused).toBeGreaterThan(10);
  });

  it.each<[string, LayerConfig, readonly number[]]>([
    ['E_MODEL_SHAPE', conv(8, 3), [2, 28]],
    ['E_MODEL_SHAPE', conv(8, 3), [10]],
    ['E_MODEL_GROUPS', conv(8, 3, { groups: 2 }), [3, 9, 9]],
    ['E_MODEL_GROUPS', conv(9, 3, { groups: 2 }), [2, 9, 9]],
    ['E_MODEL_PADDING', conv(8, 3, { padding: 'same', stride: [1, 2] }), [3, 9, 9]],
    ['E_MODEL_PADDING', { type: 'max_pool2d', kernelSize: [3, 3], stride: [1, 1], padding: [2, 0] }, [3, 9, 9]],
    ['E_MODEL_UNITS', conv(0, 3), [3, 9, 9]],
    ['E_MODEL_UNITS', conv(2, 1.5), [3, 9, 9]],
    ['E_MODEL_UNITS', conv(2, 3, { padding: [-1, 0] }), [3, 9, 9]],
    ['E_MODEL_SIZE', conv(1_000_000, 9), [64, 9, 9]],
    ['E_MODEL_SIZE', conv(1_000_000, 1, { padding: 'same' }), [1, 200, 200]],
    ['E_MODEL_PLACE', { type: 'embedding', numEmbeddings: 9, embeddingDim: 4 }, [6]],
    ['E_MODEL_SHAPE', { type: 'global_avg_pool' }, [6]],
    ['E_MODEL_SHAPE', { type: 'add', branches: [[], [{ type: 'flatten' }]] }, [2, 3]],
    ['E_MODEL_SHAPE', { type: 'concat', branches: [[], [{ type: 'flatten' }]] }, [2, 3]],
    ['E_MODEL_BRANCHES', { type: 'add', branches: [] }, [2, 3]],
  ])('%s where the layer cannot stand: %j after %j', (code, config, inputShape) => {
    expect(codeOf(config, inputShape)).toBe(code);
  });

  it('names both shapes', () => {
    expect(() => outputShape(conv(8, 5, { padding: [1, 0] }), [3, 4, 4], '2.0.1')).toThrow(
      'layer 2.0.1 (conv2d) has a kernel of [5, 5], larger than its input of [6, 4] ([3, 4, 4] padded)',
    );
  });
});

describe('the shapes of a model', () => {
  it('come in the order of the layers, those of branches after the one that holds them', () => {
    expect(modelShapes(mixedNet(6), [2, 9, 9]).map(({ name, outputShape: shape }) => [name, shape])).toEqual([
      ['0', [4, 4, 7]],
      ['1', [4, 4, 7]],
      ['2', [4, 4, 7]],
      ['3', [4, 4, 7]],
      ['3.1.0', [4, 4, 7]],
      ['3.1.1', [4, 4, 7]],
      ['4', [6, 4, 7]],
      ['4.1.0', [2, 4, 7]],
      ['4.1.1', [2, 4, 7]],
      ['5', [6, 2, 3]],
      ['6', [6, 2, 3]],
      ['7', [6]],
      ['8', [6]],
      ['9', [6]],
    ]);
  });

  it('of VGG-13 halve five times', () => {
    const pools = modelShapes(vgg13(36), [3, 224, 224]).filter(({ config }) => config.type === 'max_pool2d');
    expect(pools.map(({ outputShape: [, height] }) => height)).toEqual([112, 56, 28, 14, 7]);
  });
});
