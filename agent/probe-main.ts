/**
 * A process that tries out a provider of the engine and may die of it: broken drivers and kernels end the process that
 * loads them. Prints one JSON line for each result.
 *
 *     node dist/probe.js try webgpu          {"works": true}
 *     node dist/probe.js ops webgpu 120      {"need": ..., "verdict": ..., "reason": ...} from row 120 on
 *     node dist/probe.js tfjs                {"works": true, "identity": ...}
 */
import { writeSync } from 'node:fs';
import { EXIT, SowerError } from '../shared/kernel/errors.ts';
import { userCache } from '../shared/process/user-cache.ts';
import type { Provider } from './engine/index.ts';
import { probeProvider, tryProvider } from './engine/index.ts';

/** Written at once: nothing may be left in a buffer when the process dies. */
const print = (value: unknown): void => void writeSync(process.stdout.fd, `${JSON.stringify(value)}\n`);

async function tryTfjs(): Promise<unknown> {
  try {
    const { createTfjsEngine } = await import('./engine/tfjs/engine.ts');
    const { identity } = await createTfjsEngine({ threads: 1, cacheDir: userCache() });
    return { works: true, identity };
  } catch (error) {
    if (!(error instanceof SowerError)) throw error;
    return { works: false, reason: error.message, fix: error.fix ?? null };
  }
}

const [task, provider, first = '0'] = process.argv.slice(2);
switch (task) {
  case 'try':
    print(await tryProvider(provider as Provider));
    break;
  case 'ops':
    for await (const result of probeProvider(provider as Provider, Number(first))) print(result);
    break;
  case 'tfjs':
    print(await tryTfjs());
    break;
  default:
    process.stderr.write('this is started by "sower engine probe" and "sower doctor"\n');
    process.exit(EXIT.usage);
}
// Some drivers crash while they are taken down.
process.exit(EXIT.ok);
