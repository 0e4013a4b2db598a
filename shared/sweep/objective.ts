import { type Finding, type Path, show } from './finding.ts';
import { METRIC_NAMES, naturalGoal, parseMetricName } from './metric-names.ts';
import { hintAmong } from './near-name.ts';
import type { Objective } from './spec.ts';
import type { TrainerConfig } from './train.ts';

const NAME: Path = ['metric', 'name'];

/** What is wrong with the objective itself; a trainer that only waits reports whatever it is asked for. */
export function objectiveFaults({ name, goal }: Objective, noop: boolean): readonly Finding[] {
  if (noop) return [];
  if (parseMetricName(name) === null) {
    const fix = hintAmong(name, METRIC_NAMES, 'metrics of the built-in trainer');
    return [{ code: 'E_SWEEP_METRIC', path: NAME, message: `no trainer reports ${show(name)}`, fix }];
  }
  if (goal === naturalGoal(name)) return [];
  const fix = `write goal: ${naturalGoal(name)}`;
  const message = `to ${goal} ${name} would put the worst model first`;
  return [{ code: 'E_SWEEP_METRIC', path: ['metric', 'goal'], message, fix }];
}

/** What is wrong with the objective for this training: a validation metric needs validation rows. */
export function objectiveFaultsFor(objective: Objective, config: TrainerConfig): readonly Finding[] {
  if (config.kind === 'noop' || !objective.name.startsWith('val_') || config.data.split.validation !== undefined)
    return [];
  return [
    {
      code: 'E_SWEEP_METRIC',
      path: NAME,
      message: `${objective.name} needs validation rows, but train.data sets none aside`,
      fix: `write data: {name: ${config.data.name}, split: {validation: 0.2}}, or choose train_loss`,
    },
  ];
}
