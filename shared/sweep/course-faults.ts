import type { Finding, Path } from './finding.ts';
import type { TrainConfig } from './train.ts';

const TRAIN: Path = ['train'];

/** Why rate, warm-up and stopping rules cannot go together. */
export function courseFaults(config: TrainConfig): readonly Finding[] {
  const { schedule, warmup, epochs, earlyStopping, bestWeights } = config;
  const findings: Finding[] = [];
  const fault = (key: string, message: string, fix: string) =>
    findings.push({ code: 'E_SWEEP_SCHEDULE', path: [...TRAIN, key], atKey: true, message, fix });
  if (schedule?.type === 'one_cycle' && warmup !== null) {
    fault('warmup', 'stands beside one_cycle, which warms up itself', 'remove it, and set pct_start of one_cycle');
  }
  if (warmup?.unit === 'epochs' && warmup.length > epochs) {
    const message = `lasts ${warmup.length} epochs, but the training only ${epochs}`;
    fault('warmup', message, 'shorten it, or train for more epochs');
  }
  if (earlyStopping?.restoreBest === true && bestWeights !== null && bestWeights !== earlyStopping.metric) {
    const message = `keeps the weights of the best ${bestWeights}, but early_stopping restores those of the best ${earlyStopping.metric}`;
    fault('best_weights', message, 'remove one of the two, or set restore_best: false');
  }
  return findings;
}
