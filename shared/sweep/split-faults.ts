import type { Finding, Path } from './finding.ts';
import { knownData } from './train/data.ts';
import type { TrainConfig } from './train.ts';

const SPLIT: Path = ['train', 'data', 'split'];

/** Why rows cannot be split so. */
export function splitFaults(config: TrainConfig): readonly Finding[] {
  const findings = shareFaults(config);
  return findings.length > 0 ? findings : rowFaults(config);
}

function rowFaults({ data }: TrainConfig): readonly Finding[] {
  const { trainingRows } = knownData(data.name);
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
  for (const part of ['train', 'validation'] as const) {
    const share = data.split[part];
    if (share === undefined || share < 1 || Number.isInteger(share)) continue;
    const fix = `use ${Math.round(share)}, or a share below 1`;
    const path = [...SPLIT, part];
    findings.push({ code: 'E_SWEEP_RANGE', path, message: `${share} is no number of rows`, fix });
  }
  const { train = 0, validation = 0 } = data.split;
  if (train < 1 && validation < 1 && train + validation > 1 + 1e-9) {
    const message = `the shares add up to ${Number((train + validation).toPrecision(6))}`;
    findings.push({
      code: 'E_SWEEP_RANGE',
      path: SPLIT,
      message,
      fix: 'keep their sum at or below 1',
    });
  }
  return findings;
}
