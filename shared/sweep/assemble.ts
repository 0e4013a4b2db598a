import { isName, NAME_RULE } from '../kernel/ids.ts';
import type { ParameterValue } from '../protocol/index.ts';
import { referenceFaults, trainFaults } from './check-train.ts';
import { axisSize } from './distribution.ts';
import type { SourceDocument } from './document.ts';
import type { SweepFile } from './file-schema.ts';
import { type Finding, show } from './finding.ts';
import { SWEEP_LIMITS } from './limits.ts';
import { naturalGoal } from './metric-names.ts';
import { objectiveFaults } from './objective.ts';
import { type PlacedParameter, readParameters } from './parameters.ts';
import type { Objective, SweepSpec } from './spec.ts';
import type { KnowData } from './train/known-data.ts';
import { isNoop } from './train-schema.ts';

const DEFAULT_POOL = 'default';

/** From the well-formed file to the sweep it means; every fault goes to `report`. Null where it means none. */
export function assembleSweep(
  file: SweepFile,
  source: SourceDocument,
  know: KnowData,
  report: (finding: Finding) => void,
): SweepSpec | null {
  let faultless = true;
  const note = (finding: Finding) => {
    faultless = false;
    report(finding);
  };
  checkNames(file, note);
  const objective: Objective = { name: file.metric.name, goal: file.metric.goal ?? naturalGoal(file.metric.name) };
  const objectiveIsKnown = objectiveFaults(objective, isNoop(file.train)).map(note).length === 0;
  const seeds = readSeeds(file, note);
  let parametersAreSound = true;
  const parameters = readParameters(file.parameters ?? {}, file.method, source.writtenAt, (finding) => {
    parametersAreSound = false;
    note(finding);
  });
  const configurations = countConfigurations(file, parameters, seeds.length, note);
  const train = file.train as ParameterValue;
  if (parametersAreSound) {
    if (file.method === 'random' && file.run_cap !== undefined) checkRepetition(file.run_cap, parameters, note);
    const loose = referenceFaults(train, parameters);
    loose.forEach(note);
    const unknown = loose.some(({ code }) => code === 'E_SWEEP_REFERENCE');
    if (!unknown) trainFaults(train, parameters, objectiveIsKnown ? objective : ANY_OBJECTIVE, know).forEach(note);
  }
  if (!faultless) return null;
  return {
    name: file.name,
    description: file.description ?? '',
    method: file.method,
    objective,
    parameters: parameters.map(({ path, distribution }) => ({ path, distribution })),
    seeds,
    configurations,
    searchSeed: file.seed ?? 0,
    pool: file.pool ?? DEFAULT_POOL,
    train,
  };
}

const ANY_OBJECTIVE: Objective = { name: 'train_loss', goal: 'minimize' };

function checkNames(file: SweepFile, note: (finding: Finding) => void): void {
  for (const key of ['name', 'pool'] as const) {
    const name = file[key];
    if (name === undefined || isName(name)) continue;
    note({ code: 'E_NAME', path: [key], message: `${show(name)} cannot be a name`, fix: `use ${NAME_RULE}` });
  }
}

function readSeeds(file: SweepFile, note: (finding: Finding) => void): readonly number[] {
  if (file.seeds !== undefined && file.repeats !== undefined) {
    const message = 'stands beside `seeds`, which says the same';
    note({ code: 'E_SWEEP_SEED', path: ['repeats'], atKey: true, message, fix: 'keep one of the two' });
  }
  if (file.seeds === undefined) {
    const repeats = file.repeats ?? 1;
    if (repeats > SWEEP_LIMITS.trials) {
      note({
        code: 'E_SWEEP_SIZE',
        path: ['repeats'],
        message: `must be at most ${grouped(SWEEP_LIMITS.trials)}, got ${grouped(repeats)}`,
      });
      return [0];
    }
    return Array.from({ length: repeats }, (_, index) => index);
  }
  const seen = new Map<number, number>();
  const twice: number[] = [];
  for (const [index, seed] of file.seeds.entries()) {
    if (seen.has(seed)) twice.push(index);
    else seen.set(seed, index);
  }
  if (twice.length > 0) {
    const shown = [...new Set(twice.map((index) => file.seeds![index]))].slice(0, 3).join(', ');
    const message = `lists ${shown} more than once, which would train equal trials`;
    note({ code: 'E_SWEEP_DUP_TRIAL', path: ['seeds'], message, fix: 'list every seed once' });
  }
  return file.seeds;
}

function countConfigurations(
  file: SweepFile,
  parameters: readonly PlacedParameter[],
  seedCount: number,
  note: (finding: Finding) => void,
): number {
  if (file.method === 'random') {
    if (file.run_cap === undefined) {
      const fix = 'say how many configurations to draw: `run_cap: 20`';
      note({ code: 'E_SWEEP_MISSING', path: ['run_cap'], message: 'random search without it would never end', fix });
      return 1;
    }
    checkSize(file.run_cap, seedCount, [`run_cap ${grouped(file.run_cap)}`], ['run_cap'], note);
    return file.run_cap;
  }
  let size = 1;
  const factors: string[] = [];
  for (const { path, distribution } of parameters) {
    const axis = axisSize(distribution) ?? 1;
    size *= axis;
    if (axis > 1) factors.push(`${path} ${grouped(axis)}`);
  }
  const configurations = Math.min(size, file.run_cap ?? size);
  if (configurations < size) factors.splice(0, factors.length, `run_cap ${grouped(configurations)}`);
  checkSize(configurations, seedCount, factors, ['parameters'], note);
  return configurations;
}

/** Random search over fewer points than it draws can only repeat itself. */
function checkRepetition(
  runCap: number,
  parameters: readonly PlacedParameter[],
  note: (finding: Finding) => void,
): void {
  const points = parameters.reduce(
    (product, { distribution }) => product * (axisSize(distribution) ?? Number.POSITIVE_INFINITY),
    1,
  );
  if (runCap <= points) return;
  note({
    code: 'E_SWEEP_DUP_TRIAL',
    path: ['run_cap'],
    message: `draws ${grouped(runCap)} configurations, but there are only ${grouped(points)}`,
    fix: 'use method: grid, or a smaller run_cap',
  });
}

function checkSize(
  configurations: number,
  seedCount: number,
  factors: readonly string[],
  path: readonly string[],
  note: (finding: Finding) => void,
): void {
  const trials = configurations * seedCount;
  if (trials <= SWEEP_LIMITS.trials) return;
  const product = [...factors, `seeds ${grouped(seedCount)}`].join(' x ');
  note({
    code: 'E_SWEEP_SIZE',
    path,
    atKey: true,
    message: `would create ${grouped(trials)} trials (${product}), above the limit of ${grouped(SWEEP_LIMITS.trials)}`,
    fix: 'use fewer values or seeds, or set run_cap',
  });
}

function grouped(count: number): string {
  return count.toLocaleString('en-US', { maximumSignificantDigits: 15 });
}
