/**
 * A process that tries out a provider of the engine and may die of it: broken drivers and kernels end the process that
 * loads them. Prints one JSON line for each result.
 *
 *     node dist/probe.js try webgpu          {"works": true}
 *     node dist/probe.js ops webgpu 120      {"need": ..., "verdict": ..., "reason": ...} from row 120 on
 */
import { writeSync } from 'node:fs';
import { EXIT } from '../shared/kernel/errors.ts';
import type { Provider } from './engine/index.ts';
import { probeProvider, tryProvider } from './engine/index.ts';

/** Written at once: nothing may be left in a buffer when the process dies. */
const print = (value: unknown): void => void writeSync(process.stdout.fd, `${JSON.stringify(value)}\n`);

const [task, provider, first = '0'] = process.argv.slice(2);
switch (task) {
  case 'try':
    print(await tryProvider(provider as Provider));
    break;
  case 'ops':
    for await (const result of probeProvider(provider as Provider, Number(first))) print(result);
    break;
  default:
    process.stderr.write('this is started by "sower engine probe" and "sower doctor"\n');
    process.exit(EXIT.usage);
}
// Some drivers crash while they are taken down.
process.exit(EXIT.ok);
