import { shapeText } from '../../shared/model/example-shape.ts';
import type { ShapedLayer } from '../../shared/model/model-shapes.ts';
import { parameterCount, totalParameterCount } from '../../shared/model/parameter-count.ts';
import type { ModelVariant, ModelVariants } from '../../shared/sweep/index.ts';
import type { LayerConfig, Pair } from '../../shared/sweep/train.ts';
import { formatAmount, formatCount, formatParameters } from '../../shared/view/format.ts';
import { type Column, formatTable } from '../output/table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'layer', align: 'left', keep: true },
  { title: '', align: 'left', keep: true },
  { title: 'output', align: 'left' },
  { title: 'parameters', align: 'right', keep: true },
];

const MOST_SHOWN = 3;

/** The models of a sweep, each a table of its layers; the first few of many. */
export function modelLines({ variants, isComplete }: ModelVariants, width: number): readonly string[] {
  const lines = variants.slice(0, MOST_SHOWN).flatMap((variant, index) => {
    const rows = variant.layers.map((layer) => [
      layer.name,
      layerWords(layer.config),
      shapeText(layer.outputShape),
      amountOrNothing(layer),
    ]);
    return [
      titleOf(
        variant,
        variants.length === 1 ? null : `${index + 1} of ${isComplete ? '' : 'at least '}${variants.length}`,
      ),
      ...formatTable(COLUMNS, rows, width),
    ];
  });
  const hidden = variants.length - MOST_SHOWN;
  return hidden > 0 ? [...lines, `and ${isComplete ? '' : 'at least '}${formatAmount(hidden, 'model')} more`] : lines;
}

/** The same for programs. */
export function modelJson({ params, layers }: ModelVariant) {
  return {
    params,
    parameterCount: totalParameterCount(layers),
    layers: layers.map((layer) => ({
      name: layer.name,
      type: layer.config.type,
      outputShape: layer.outputShape,
      parameterCount: parameterCount(layer),
    })),
  };
}

/** `model 1 of 2 (channels=4): 26,102 parameters` */
function titleOf({ params, layers }: ModelVariant, place: string | null): string {
  const which = place === null ? 'model' : `model ${place} (${formatParameters(params, Object.keys(params))})`;
  return `${which}: ${formatAmount(totalParameterCount(layers), 'parameter')}`;
}

function amountOrNothing(layer: ShapedLayer): string {
  const count = parameterCount(layer);
  return count === 0 ? '' : formatCount(count);
}

/** `conv2d 3x3 stride 2 relu` */
function layerWords(config: LayerConfig): string {
  const words: string[] = [config.type];
  if ('kernelSize' in config) words.push(timesText(config.kernelSize));
  if ('stride' in config && 'outChannels' in config && timesText(config.stride) !== '1x1') {
    words.push(`stride ${timesText(config.stride)}`);
  }
  if ('rate' in config) words.push(String(config.rate));
  if ('activation' in config && config.activation !== undefined) words.push(config.activation);
  return words.join(' ');
}

function timesText([height, width]: Pair): string {
  return `${height}x${width}`;
}
