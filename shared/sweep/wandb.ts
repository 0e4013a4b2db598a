import { type Finding, type Path, show } from './finding.ts';

/** W&B's words that are known but not built yet, each with what to do instead. */
const KEYS_OF_LATER: Readonly<Record<string, string>> = {
  program: 'describe the model under `train:` instead',
  command: 'describe the model under `train:` instead',
  early_terminate: 'use train.early_stopping, which ends each trial by its own metric',
  resources: 'remove it and choose a pool of agents with `pool:`',
};

const KEYS_OF_WANDB = new Set([
  'project',
  'entity',
  'controller',
  'job',
  'image_uri',
  'scheduler',
  'impute',
  'impute_while_running',
  'prior',
]);

const DISTRIBUTIONS_OF_LATER = new Set([
  'inv_log_uniform',
  'inv_log_uniform_values',
  'normal',
  'q_normal',
  'log_normal',
  'q_log_normal',
  'beta',
  'q_beta',
]);

/** Better words than "unknown" for what W&B users have in their files. */
export function explainWandb(path: Path, word: string | null, input: unknown): Omit<Finding, 'path'> | null {
  if (word === null) return explainBareSeed(path, input) ?? explainBareParameter(path, input);
  const last = path[path.length - 1];
  const later = (what: string, fix: string) => ({
    code: 'E_SWEEP_UNSUPPORTED',
    message: `${what} is not supported by this version of Sower`,
    fix,
  });
  if (path.length === 1 && last === word) {
    const instead = KEYS_OF_LATER[word];
    if (instead !== undefined) return later('this W&B key', instead);
    if (KEYS_OF_WANDB.has(word)) return later('this W&B key', 'remove it');
    if (word === '<<') return later('a YAML merge key', 'write the keys out');
  }
  if (last === 'method' && word === 'bayes') return later('"bayes"', 'use grid or random');
  if (path.length === 2 && path[0] === 'metric' && (word === 'target' || KEYS_OF_WANDB.has(word))) {
    return later('this W&B key', 'remove it');
  }
  if (last === 'distribution') return explainDistribution(word, later);
  if (path[0] === 'parameters' && last === word && (word === 'mu' || word === 'sigma')) {
    return later(`\`${word}\` of the normal distributions`, 'use uniform or log_uniform_values with min and max');
  }
  return null;
}

/** `seeds: 5` may mean the seed 5 or five seeds. */
function explainBareSeed(path: Path, input: unknown): Omit<Finding, 'path'> | null {
  if (path.length !== 1 || path[0] !== 'seeds' || typeof input !== 'number') return null;
  const fix = `write [${input}] for that seed, or \`repeats: ${input}\` for as many seeds`;
  return { code: 'E_SWEEP_TYPE', message: `must be a list, got ${input}`, fix };
}

/** `lr: 0.1` and `lr: [0.1, 0.2]` are what people try first. */
function explainBareParameter(path: Path, input: unknown): Omit<Finding, 'path'> | null {
  if (path[0] !== 'parameters' || path.length !== 2 || input === null || input === undefined) return null;
  const fix = Array.isArray(input) ? `write {values: ${show(input)}}` : `write {value: ${show(input)}}`;
  return { code: 'E_SWEEP_TYPE', message: 'a parameter is a mapping', fix };
}

function explainDistribution(word: string, later: (what: string, fix: string) => Omit<Finding, 'path'>) {
  if (word === 'log_uniform' || word === 'q_log_uniform') {
    return {
      code: 'E_SWEEP_UNSUPPORTED',
      message: `the bounds of W&B's ${word} are exponents of e, which is easily misread`,
      fix: `use ${word}_values with the bounds themselves: {distribution: ${word}_values, min: 1e-4, max: 0.1}`,
    };
  }
  return DISTRIBUTIONS_OF_LATER.has(word) ? later(`"${word}"`, 'use uniform or log_uniform_values') : null;
}
