import { z } from 'zod';
import { SowerError } from '../kernel/errors.ts';
import { canonicalJson } from './canonical.ts';
import type { SweepSpec } from './spec.ts';

const number = z.number();
const range = { min: number, max: number };

const distribution = z.discriminatedUnion('type', [
  z.object({ type: z.literal('constant'), value: z.json() }),
  z.object({
    type: z.literal('categorical'),
    values: z.array(z.json()).min(1),
    probabilities: z.array(number).exactOptional(),
  }),
  z.object({ type: z.literal('int_uniform'), ...range }),
  z.object({ type: z.literal('uniform'), ...range }),
  z.object({ type: z.literal('q_uniform'), ...range, q: number }),
  z.object({ type: z.literal('log_uniform_values'), ...range }),
  z.object({ type: z.literal('q_log_uniform_values'), ...range, q: number }),
]);

const sweepSpec = z.object({
  name: z.string(),
  description: z.string(),
  method: z.enum(['grid', 'random']),
  objective: z.object({ name: z.string(), goal: z.enum(['minimize', 'maximize']) }),
  parameters: z.array(z.object({ path: z.string(), distribution })),
  seeds: z.array(z.int()).min(1),
  configurations: z.int().min(1),
  searchSeed: z.int(),
  pool: z.string(),
  train: z.json(),
});

/** The form in which a validated sweep is stored and sent (KV `sweeps`). */
export function writeSpec(spec: SweepSpec): string {
  return canonicalJson(spec);
}

/** Reads what `writeSpec` wrote; E_SWEEP_STORED where it is something else. */
export function readSpec(json: string): SweepSpec {
  const refuse = (cause: unknown) =>
    new SowerError('E_SWEEP_STORED', 'the stored sweep cannot be read', {
      fix: 'submit its file again with this version of Sower',
      cause,
    });
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw refuse(cause);
  }
  const parsed = sweepSpec.safeParse(data);
  if (!parsed.success) throw refuse(parsed.error);
  return parsed.data;
}
