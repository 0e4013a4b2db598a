import { z } from 'zod';
import { section } from './shape.ts';

/** The distributions of this version, by W&B's words. */
export const DISTRIBUTIONS = [
  'constant',
  'categorical',
  'int_uniform',
  'uniform',
  'q_uniform',
  'log_uniform_values',
  'q_log_uniform_values',
] as const;

/** One parameter as written: a value, a list, a range, or a group of parameters. */
export const parameterEntry = section({
  value: z.unknown().optional().describe('One fixed value.'),
  values: z.array(z.unknown()).min(1).optional().describe('The values to choose from.'),
  probabilities: z.array(z.number().min(0)).min(1).optional().describe('How likely each value is (random search).'),
  min: z.number().optional(),
  max: z.number().optional(),
  q: z.number().gt(0).optional().describe('Step of the q_ distributions: values are multiples of it.'),
  distribution: z.enum(DISTRIBUTIONS).optional(),
  get parameters() {
    return z
      .record(z.string(), parameterEntry)
      .optional()
      .describe('Nested parameters; a reference names the group, a dot, and the parameter.');
  },
});

export type ParameterEntry = z.output<typeof parameterEntry>;

/** The sweep file as written; what its parts mean together is checked afterwards. */
export const sweepFile = section({
  name: z.string().describe('Lower-case letters, digits, "_" and "-".'),
  description: z.string().optional(),
  method: z.enum(['grid', 'random']).describe('grid: every combination; random: run_cap draws.'),
  metric: section({
    name: z.string().min(1).describe('The objective, such as val_loss.'),
    goal: z
      .enum(['minimize', 'maximize'])
      .optional()
      .describe('Default: minimize a loss or error, maximize an accuracy.'),
  }),
  parameters: z.record(z.string(), parameterEntry).optional(),
  seeds: z.array(z.int().min(0)).min(1).optional().describe('Every configuration is trained once per seed.'),
  repeats: z.int().min(1).optional().describe('Short for seeds 0 to repeats - 1.'),
  run_cap: z.int().min(1).optional().describe('Number of configurations; required for random search.'),
  seed: z.int().min(0).optional().describe('Seed of random search itself. Default 0.'),
  pool: z.string().optional().describe('Pool of agents that runs the trials. Default "default".'),
  train: z.record(z.string(), z.unknown()).describe('What one trial trains.'),
});

export type SweepFile = z.output<typeof sweepFile>;
