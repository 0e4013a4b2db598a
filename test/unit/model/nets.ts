/** Models that tests of shapes, counts and engines share. */
import type { Conv2dConfig, LayerConfig, Pair } from '../../../shared/sweep/train.ts';

export function conv(outChannels: number, kernel: number, changes: Partial<Conv2dConfig> = {}): Conv2dConfig {
  return {
    type: 'conv2d',
    outChannels,
    kernelSize: [kernel, kernel],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 1,
    ...changes,
  };
}

export function maxPool(kernel: number): LayerConfig {
  const size: Pair = [kernel, kernel];
  return { type: 'max_pool2d', kernelSize: size, stride: size, padding: [0, 0] };
}

/** Simonyan and Zisserman 2014, configuration B, as torchvision's vgg13. */
export function vgg13(classes: number): readonly LayerConfig[] {
  const block = (channels: number): LayerConfig[] => [
    conv(channels, 3, { padding: 'same', activation: 'relu' }),
    conv(channels, 3, { padding: 'same', activation: 'relu' }),
    maxPool(2),
  ];
  return [
    ...[64, 128, 256, 512, 512].flatMap(block),
    { type: 'dense', units: 4096, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'dense', units: 4096, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'dense', units: classes },
  ];
}

/** Every kind of layer that learns, and branches. */
export function mixedNet(classes: number): readonly LayerConfig[] {
  const norm = { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true } as const;
  return [
    conv(4, 3, { stride: [2, 1], bias: false }),
    norm,
    { type: 'relu' },
    { type: 'add', branches: [[], [conv(4, 3, { padding: 'same', groups: 2 }), { ...norm, affine: false }]] },
    { type: 'concat', branches: [[], [conv(2, 1), { type: 'gelu', approximate: 'none' }]] },
    maxPool(2),
    { type: 'layer_norm', eps: 1e-5, affine: true },
    { type: 'global_avg_pool' },
    norm,
    { type: 'dense', units: classes },
  ];
}
