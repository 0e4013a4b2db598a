import type { Finding, Path } from './finding.ts';
import { DATA_SETS, type DataSetName, knownData } from './train/known-data.ts';
import type { TrainConfig } from './train.ts';

const SPLIT: Path = ['train', 'data', 'split'];

/** Why rows cannot be chosen and split so. */
export function splitFaults(config: TrainConfig): readonly Finding[] {
  const findings = [...numberFaults(config), ...classFaults(config), ...shareFaults(config)];
  return findings.length > 0 ? findings : rowFaults(config);
}

/** Where numbers are predicted, there are no classes to choose or to keep in their shares. */
function numberFaults({ data: { name, file, classes, split } }: TrainConfig): readonly Finding[] {
  if (file?.predict !== 'numbers') return [];
  const message = `is for classes, but of ${name} numbers are predicted`;
  const fault = (path: Path, key: string) => ({ code: 'E_SWEEP_VALUE', path, message, fix: `remove ${key}` });
  return [
    ...(classes === undefined ? [] : [fault(['train', 'data', 'classes'], 'classes')]),
    ...(split.stratified === true ? [fault([...SPLIT, 'stratified'], 'stratified')] : []),
  ];
}

function classFaults({ data }: TrainConfig): readonly Finding[] {
  const count = data.file === null ? DATA_SETS[data.name as DataSetName].classes : Number.POSITIVE_INFINITY;
  return (data.classes ?? []).flatMap((label, index, all) => {
    const path = ['train', 'data', 'classes', index];
    if (label >= count) {
      const message = `${data.name} has no class ${label}`;
      return [{ code: 'E_SWEEP_RANGE', path, message, fix: `its classes are 0 to ${count - 1}` }];
    }
    const twice = all.indexOf(label) < index;
    return twice ? [{ code: 'E_SWEEP_VALUE', path, message: `names class ${label} twice`, fix: 'keep one' }] : [];
  });
}

function rowFaults({ data }: TrainConfig): readonly Finding[] {
  const trainingRows = knownData(data)?.trainingRows ?? null;
  if (trainingRows === null) return [];
  const rowsOf = (asked: number) => (asked < 1 ? Math.round(asked * trainingRows) : asked);
  const { train, validation = 0 } = data.split;
  const fault = (message: string): Finding[] => [
    {
      code: 'E_SWEEP_RANGE',
      path: SPLIT,
      message,
      fix: 'ask for fewer rows, or for shares such as 0.8',
    },
  ];
  const rows = rowsOf(train ?? 0) + rowsOf(validation);
  // Two shares may both be rounded up.
  const rounding = (train ?? 0) < 1 && validation < 1 ? 1 : 0;
  if (rows > trainingRows + rounding) return fault(`asks for ${rows} rows, but ${data.name} has ${trainingRows}`);
  if (train === undefined && rows >= trainingRows) {
    return fault(`leaves none of the ${trainingRows} rows of ${data.name} to train on`);
  }
  return [];
}

function shareFaults({ data }: TrainConfig): readonly Finding[] {
  const findings: Finding[] = [];
  for (const part of ['train', 'validation', 'test'] as const) {
    const share = data.split[part];
    if (share === undefined || share < 1 || Number.isInteger(share)) continue;
    const fix = `use ${Math.round(share)}, or a share below 1`;
    const path = [...SPLIT, part];
    findings.push({ code: 'E_SWEEP_RANGE', path, message: `${share} is no number of rows`, fix });
  }
  const { train = 0, validation = 0, test = 0 } = data.split;
  const sum = train + validation + test;
  if (train < 1 && validation < 1 && test < 1 && sum > 1 + 1e-9) {
    const message = `the shares add up to ${Number(sum.toPrecision(6))}`;
    findings.push({
      code: 'E_SWEEP_RANGE',
      path: SPLIT,
      message,
      fix: 'keep their sum at or below 1',
    });
  }
  return findings;
}
