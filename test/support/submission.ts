import type { SweepEntry } from '../../shared/protocol/index.ts';
import { parseSweep, type ValidSweep, writeSpec } from '../../shared/sweep/index.ts';

/** A sweep of no-op trials as the command submits it; `lr` values times two seeds. */
export function noopSweep(name: string, values: number): { readonly sweep: ValidSweep; readonly entry: SweepEntry } {
  const source = `name: ${name}
method: grid
metric: {name: val_loss, goal: minimize}
seeds: [1, 2]
parameters:
  lr: {values: [${Array.from({ length: values }, (_, i) => (i + 1) / 1000).join(', ')}]}
train: {noop: {seconds: 0}}
`;
  const sweep = parseSweep(source, `${name}.yaml`);
  const { id, hash, spec } = sweep;
  return { sweep, entry: { v: 1, sweep: id, name, hash, spec: writeSpec(spec), source, submittedAt: 1 } };
}
