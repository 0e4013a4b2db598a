import { EXIT } from '../../shared/kernel/errors.ts';
import type { CheckLevel } from '../checks/check.ts';
import { cudaCheck, tfjsCheck, webgpuCheck } from '../checks/engines.ts';
import { dataCheck, diskCheck, engineCheck, gpuCheck, nodeCheck } from '../checks/machine.ts';
import { clockCheck, durabilityCheck, jetStreamCheck, serverCheck } from '../checks/nats.ts';
import type { Verb } from './verb.ts';

const CHECKS = [
  nodeCheck,
  engineCheck,
  cudaCheck,
  webgpuCheck,
  tfjsCheck,
  serverCheck,
  jetStreamCheck,
  durabilityCheck,
  clockCheck,
  diskCheck,
  dataCheck,
  gpuCheck,
] as const;

/** `sower doctor`: every check, one after the other, each problem with its fix. */
export const doctor: Verb = async (context) => {
  const { output, json } = context;
  const { good, warn, bad } = output.paint;
  const tone: Readonly<Record<CheckLevel, (text: string) => string>> = { pass: good, warn, fail: bad };
  const results = [];
  for (const { name, run } of CHECKS) {
    const result = await run(context);
    results.push({ name, ...result });
    if (json) continue;
    output.line(`${tone[result.level](result.level.padEnd(4))}  ${name.padEnd(11)}  ${result.detail}`);
    if (result.fix !== null) output.line(`${' '.repeat(19)}fix: ${result.fix}`);
  }
  const failed = results.some(({ level }) => level === 'fail');
  if (json) output.line(JSON.stringify({ ok: !failed, checks: results }));
  return failed ? EXIT.checkFailed : EXIT.ok;
};
