/** Why rows cannot be found or prepared as a sweep file asks, as far as the file itself tells. */
import type { Finding, Path } from './finding.ts';
import type { DataConfig, PrepareStep } from './train/data-config.ts';
import { DRAWN_AT_ANY_SIZE, isTable } from './train/known-data.ts';

const DATA: Path = ['train', 'data'];

/** Keys of `train.data` that only say something of a file. */
const OF_FILES = ['file', 'url', 'sha256', 'format', 'target', 'predict', 'columns', 'delimiter', 'header'];
const PLACES = ['file', 'url', 'sha256'];
/** 4096 x 4096: rows of more would not fit beside a model. */
const MOST_PIXELS = 2 ** 24;

/** The data section as written; known to have only known keys. */
export function placeFaults(written: object | string): readonly Finding[] {
  if (typeof written === 'string') return [];
  const keys = Object.keys(written);
  if ('name' in written) {
    const strange = keys.filter((key) => OF_FILES.includes(key));
    return strange.map((key) => ({
      code: 'E_SWEEP_VALUE',
      path: [...DATA, key],
      atKey: true,
      message: 'is said of a file, but the data is named',
      fix: `remove ${key}, or remove name`,
    }));
  }
  if (keys.some((key) => PLACES.includes(key))) return [];
  const fix = 'add name (a data set that Sower knows), or one of file, url, sha256';
  return [{ code: 'E_SWEEP_MISSING', path: DATA, message: 'names no data', fix }];
}

/** Steps that cannot be applied to rows of this kind, and parts that the data brings itself. */
export function dataFaults(data: DataConfig): readonly Finding[] {
  const { name, file, split, prepare } = data;
  const findings: Finding[] = [...keyFaults(data)];
  const hasColumns = isTable(data);
  if (file === null && !hasColumns && split.test !== undefined) {
    findings.push({
      code: 'E_SWEEP_VALUE',
      path: [...DATA, 'split', 'test'],
      message: `sets test rows aside, but ${name} has test rows of its own`,
      fix: 'remove test',
    });
  }
  if (file?.format === 'images' && file.predict === 'numbers') {
    findings.push({
      code: 'E_SWEEP_VALUE',
      path: [...DATA, 'predict'],
      message: 'is numbers, but images are in folders of their classes',
      fix: 'remove predict, or put images and numbers into an NPZ file',
    });
  }
  for (const step of prepare) {
    const needs = neededRows(step);
    if (needs === null || (needs === 'table') === hasColumns) continue;
    const message = `${step.type} is for ${needs === 'table' ? 'the columns of a table' : 'images'}, which ${name} is not`;
    const fix = `${needs === 'table' ? orFormat(data) : ''}remove ${step.type}`;
    findings.push({ code: 'E_SWEEP_VALUE', path: [...DATA, 'prepare'], message, fix });
  }
  return [...findings, ...stepFaults(data)];
}

/** Keys that say something of other data than this. */
function keyFaults(data: DataConfig): readonly Finding[] {
  const { name, file } = data;
  const fault = (key: string, rows: string, instead = ''): Finding => ({
    code: 'E_SWEEP_VALUE',
    path: [...DATA, key],
    atKey: true,
    message: `is for ${rows}, which ${name} is not`,
    fix: `${instead}remove ${key}`,
  });
  const hasSize = file === null ? DRAWN_AT_ANY_SIZE.includes(name) : file.format === 'images';
  const sizes = (['size', 'channels'] as const).filter((key) => !hasSize && data[key] !== undefined);
  const ofTables = (['target', 'delimiter', 'header'] as const).filter((key) => file?.[key] !== undefined);
  const columns = Object.keys(file?.columns ?? {}).length > 0 ? (['columns'] as const) : [];
  const [height = 0, width = 0] = data.size ?? [];
  const tooLarge: Finding = {
    code: 'E_SWEEP_RANGE',
    path: [...DATA, 'size'],
    message: `asks for ${height * width} pixels an image, above the limit of ${MOST_PIXELS}`,
    fix: 'bring images to fewer pixels',
  };
  return [
    ...(height * width > MOST_PIXELS ? [tooLarge] : []),
    ...sizes.map((key) => fault(key, `folders of images and ${DRAWN_AT_ANY_SIZE.join(', ')}`)),
    ...(isTable(data) ? [] : [...ofTables, ...columns]).map((key) => fault(key, 'tables (csv, tsv)', orFormat(data))),
  ];
}

/** A hash has no ending that would say what lies there. */
function orFormat({ file }: DataConfig): string {
  return file !== null && file.path === undefined && file.url === undefined ? 'add format: csv, or ' : '';
}

/** Steps that say nothing, come too late, or make classes equally common where numbers are predicted. */
function stepFaults({ file, prepare }: DataConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (message: string, fix: string) =>
    findings.push({ code: 'E_SWEEP_VALUE', path: [...DATA, 'prepare'], message, fix });
  let fitted: string | null = null;
  for (const step of prepare) {
    if (!looksAtRowsAlone(step)) fitted ??= nameOf(step);
    else if (fitted !== null)
      add(`${nameOf(step)} comes after ${fitted}, but works on cells as they were read`, `write it before ${fitted}`);
    if (
      step.type === 'drop_rows' &&
      !step.missing &&
      step.equals.length === 0 &&
      (step.below ?? step.above) === undefined
    ) {
      add('drop_rows has no rule, so it drops nothing', 'add missing: true, equals, below or above');
    }
    if (step.type === 'oversample' && file?.predict === 'numbers') {
      add('oversample makes classes equally common, but numbers are predicted', 'remove oversample');
    }
  }
  return findings;
}

/** Such steps come before the split, which statistics wait for. */
function looksAtRowsAlone(step: PrepareStep): boolean {
  return (
    step.type === 'coerce' || step.type === 'drop_rows' || (step.type === 'impute' && step.strategy === 'backward_fill')
  );
}

const nameOf = (step: PrepareStep): string => (step.type === 'impute' ? `impute (${step.strategy})` : step.type);

/** Null where a step suits every kind of rows. */
function neededRows(step: PrepareStep): 'table' | 'images' | null {
  switch (step.type) {
    case 'coerce':
    case 'drop_rows':
    case 'impute':
    case 'min_max':
    case 'encode':
      return 'table';
    case 'normalize':
    case 'augment':
      return 'images';
    case 'oversample':
      return step.method === 'smote' ? 'table' : null;
    case 'standardize':
      return null;
  }
}
