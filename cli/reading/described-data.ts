/** What a configuration trains on, in words. */
import type { DescribedData } from '../../dashboards/report/data.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { DataOutline, ParameterValues } from '../../shared/protocol/index.ts';
import { isTable, resolveTrain } from '../../shared/sweep/index.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import type { DataConfig, PrepareStep } from '../../shared/sweep/train/data-config.ts';
import { formatParameter } from '../../shared/view/format.ts';

/** Null where the sweep trains nothing, or is of a version that this one cannot read. */
export function describeData(
  spec: SweepSpec,
  params: ParameterValues,
  outline: DataOutline | null,
): DescribedData | null {
  try {
    const config = resolveTrain(spec, params);
    if (config.kind !== 'builtin') return null;
    const { data } = config;
    return {
      name: data.name,
      source: sourceOf(data),
      fileHash: data.file?.sha256 ?? null,
      target: data.file?.target ?? null,
      steps: [...shapeSteps(data), ...data.prepare.map(stepText)],
      outline,
    };
  } catch (error) {
    if (error instanceof SowerError) return null;
    throw error;
  }
}

function sourceOf({ file }: DataConfig): string {
  if (file === null) return 'known to Sower by name';
  const { path, url } = file;
  const places = [...(path === undefined ? [] : [`file ${path}`]), ...(url === undefined ? [] : [url])];
  return places.length === 0 ? 'a file known by its hash' : places.join(', ');
}

/** Pixels are what steps of images are for: a table has none. */
function shapeSteps(data: DataConfig): readonly string[] {
  const { size, channels, classes, scale, split } = data;
  return [
    ...(size === undefined ? [] : [`images resized to ${size.join(' x ')}`]),
    ...(channels === undefined ? [] : [channels === 1 ? 'grey' : 'colour']),
    ...(classes === undefined ? [] : [`classes ${classes.join(', ')} alone`]),
    ...(split.seed === undefined ? [] : [`split by the seed ${split.seed}`]),
    ...(split.stratified === true ? ['split so that each part holds the classes in the shares of the whole'] : []),
    ...(scale === 'unit' && !isTable(data) ? ['pixels / 255'] : []),
  ];
}

/** `impute strategy=mean columns=[f1]` */
function stepText({ type, ...settings }: PrepareStep): string {
  const words = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined || value === false || (Array.isArray(value) && value.length === 0)
      ? []
      : [`${name}=${formatParameter(value)}`],
  );
  return [type, ...words].join(' ');
}
