/** Where a sweep names files of data: in its train section, or in the values of a parameter that is its data. */
import { SowerError } from '../kernel/errors.ts';
import type { ParameterValue } from '../protocol/index.ts';
import { isLabelled, namesIn } from './references.ts';
import type { Distribution, SweepSpec } from './spec.ts';

/** The place a data section names, as it is written. */
export interface WrittenDataFile {
  readonly file?: string;
  readonly url?: string;
  readonly sha256?: string;
}

type Section = { readonly [key: string]: ParameterValue };
type ChangeSection = (section: Section) => Section;

/** Every place that trials of this sweep may take data from, in file order; empty where all its data has a name. */
export function dataFilesOf(spec: Pick<SweepSpec, 'train' | 'parameters'>): readonly WrittenDataFile[] {
  const found: WrittenDataFile[] = [];
  changeSections(spec, (section) => {
    found.push(writtenFile(section));
    return section;
  });
  return found;
}

/**
 * The same sweep with the SHA-256 of the contents beside each place, so that its identity includes its data. Throws
 * E_SWEEP_VALUE where a place is put together from parameters: no hash could be written beside it.
 */
export function pinDataFiles<Spec extends Pick<SweepSpec, 'train' | 'parameters'>>(
  spec: Spec,
  sha256Of: (written: WrittenDataFile) => string,
): Spec {
  return changeSections(spec, (section) => ({ ...section, sha256: sha256Of(writtenFile(section)) }));
}

function changeSections<Spec extends Pick<SweepSpec, 'train' | 'parameters'>>(spec: Spec, change: ChangeSection): Spec {
  const { train } = spec;
  if (!isSection(train)) return spec;
  const { data } = train;
  if (data === undefined) return spec;
  if (typeof data !== 'string') return { ...spec, train: { ...train, data: changeValue(data, change) } };
  const names = namesIn(data);
  const parameters = spec.parameters.map((parameter) =>
    names.includes(parameter.path)
      ? { ...parameter, distribution: changeDistribution(parameter.distribution, change) }
      : parameter,
  );
  return { ...spec, parameters };
}

function changeDistribution(distribution: Distribution, change: ChangeSection): Distribution {
  if (distribution.type === 'constant') return { ...distribution, value: changeValue(distribution.value, change) };
  if (distribution.type !== 'categorical') return distribution;
  return { ...distribution, values: distribution.values.map((value) => changeValue(value, change)) };
}

function changeValue(value: ParameterValue, change: ChangeSection): ParameterValue {
  if (isLabelled(value)) return { ...value, value: changeValue(value.value, change) };
  return isSection(value) && ['file', 'url', 'sha256'].some((key) => Object.hasOwn(value, key)) ? change(value) : value;
}

function isSection(value: ParameterValue): value is Section {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function writtenFile(section: Section): WrittenDataFile {
  const written: { file?: string; url?: string; sha256?: string } = {};
  for (const key of ['file', 'url', 'sha256'] as const) {
    const text = section[key];
    if (typeof text !== 'string') continue;
    if (namesIn(text).length > 0) throw composed(key, text);
    written[key] = text;
  }
  return written;
}

function composed(key: string, text: string): SowerError {
  return new SowerError('E_SWEEP_VALUE', `"${text}" stands for several files, each with a hash of its own`, {
    where: `train.data.${key}`,
    fix: 'make the whole data section a parameter, whose values are sections such as {file: a.csv}',
  });
}
