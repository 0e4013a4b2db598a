import { EXIT } from '../../shared/kernel/errors.ts';
import { packageRoot } from '../../shared/process/package-root.ts';
import { SOWER_VERSION } from '../../shared/protocol/index.ts';
import { readOwner } from '../embedded/home-claim.ts';
import type { Verb } from './verb.ts';

/** `sower info`: paths and settings, each with where it comes from. */
export const info: Verb = async ({ home, natsUrl, output, json }, { flags }) => {
  const owner = readOwner(home);
  const origin = (flag: unknown, variable: string) => {
    if (flag !== undefined) return 'flag';
    return process.env[variable] ? variable : 'default';
  };
  const rows: readonly (readonly [name: string, value: string | null, origin: string])[] = [
    ['version', SOWER_VERSION, 'package'],
    ['program', packageRoot(), 'package'],
    ['node', process.versions.node, process.execPath],
    ['home', home, origin(flags.home, 'SOWER_HOME')],
    ['nats', natsUrl ?? owner?.url ?? null, natsUrl === null ? 'embedded' : origin(flags.nats, 'SOWER_NATS')],
    ['coordinator', owner?.coordinator ?? null, 'embedded'],
    ['agent', owner?.agent ?? null, 'embedded'],
    ['data', process.env.SOWER_DATA ?? null, 'SOWER_DATA'],
    ['logs', `${home}/logs`, 'home'],
  ];
  if (json) {
    output.line(JSON.stringify(Object.fromEntries(rows.map(([name, value, from]) => [name, { value, origin: from }]))));
  } else {
    for (const [name, value, from] of rows) output.line(`${name.padEnd(12)} ${value ?? '-'}  (${from})`);
  }
  return EXIT.ok;
};
