import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHome, type SowerHome, smallSweep } from '../support/sower.ts';

let home: SowerHome;
let freePort: number;
beforeAll(async () => {
  home = openHome();
  home.write('small.yaml', smallSweep());
  home.write('wrong.yaml', smallSweep().replace('epochs: 2', 'epochs: 0'));
  home.write('latin1.yaml', '');
  writeFileSync(join(home.folder, 'latin1.yaml'), Buffer.from([0x6e, 0xe9, 0x0a]));
  mkdirSync(join(home.folder, 'folder'));
  freePort = await unusedPort();
});
afterAll(() => home.close());

/** A port of 127.0.0.1 where nobody listens. */
function unusedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const cases: readonly (readonly [what: string, args: readonly string[], code: number, message: string])[] = [
  ['no verb', [], 2, 'E_USAGE a command is missing; see npx sower --help'],
  [
    'a verb nearly right',
    ['stauts'],
    2,
    "E_USAGE unknown command 'stauts' (Did you mean status?); see npx sower --help",
  ],
  ['no such verb', ['sprout'], 2, "E_USAGE unknown command 'sprout'; see npx sower --help"],
  [
    'an agent verb nearly right',
    ['agent', 'strat'],
    2,
    "E_USAGE unknown command 'strat' (Did you mean start?); see npx sower --help",
  ],
  [
    'an unknown flag',
    ['run', 'small.yaml', '--slosts', '2'],
    2,
    "E_USAGE unknown option '--slosts' (Did you mean --slots?); see npx sower --help",
  ],
  [
    'a flag without its value',
    ['run', 'small.yaml', '--slots'],
    2,
    "E_USAGE option '--slots <n>' argument missing; see npx sower --help",
  ],
  [
    'zero slots',
    ['run', 'small.yaml', '--slots', '0'],
    2,
    "E_USAGE option '--slots <n>' argument '0' is invalid. It must be a whole number of at least 1; see npx sower --help",
  ],
  [
    'slots in words',
    ['agent', 'start', '--slots', 'two'],
    2,
    "E_USAGE option '--slots <n>' argument 'two' is invalid. It must be a whole number of at least 1; see npx sower --help",
  ],
  ['no file', ['run'], 2, "E_USAGE missing required argument 'file'; see npx sower --help"],
  [
    'two files',
    ['run', 'small.yaml', 'more.yaml'],
    2,
    "E_USAGE too many arguments for 'run'. Expected 1 argument but got 2; see npx sower --help",
  ],
  [
    'two forms of a table',
    ['trials', '--csv', '--json'],
    2,
    'E_USAGE --csv and --json are two forms of the same table; give one of them',
  ],
  [
    'quiet and verbose',
    ['ls', '-q', '-v'],
    2,
    "E_USAGE option '-q, --quiet' cannot be used with option '-v, --verbose'; see npx sower --help",
  ],
  [
    'an unknown state',
    ['trials', '--state', 'faild'],
    2,
    'E_USAGE --state: "faild" is no state of a trial; did you mean "failed"?',
  ],
  [
    'detach without a server',
    ['run', 'small.yaml', '--detach'],
    2,
    'E_USAGE --detach needs --nats: an embedded sweep ends with this command; leave --detach out',
  ],
  [
    'slots of agents elsewhere',
    ['run', 'small.yaml', '--nats', 'nats://127.0.0.1:1', '--slots', '2'],
    2,
    'E_USAGE --slots belongs to the embedded agent, and --nats uses others; give it to "sower agent start"',
  ],
  [
    'a URL of something else',
    ['ls', '--nats', 'http://localhost'],
    2,
    'E_NATS_URL "http://localhost" is not the URL of a NATS server; write it as nats://host:4222',
  ],
  [
    'an agent name with a dot',
    ['agent', 'start', '--nats', 'nats://127.0.0.1:1', '--name', 'a.b'],
    2,
    `E_NAME "a.b" cannot be an agent's name; use lower-case letters, digits, "_" and "-", starting with a letter or digit, at most 63 characters`,
  ],
  [
    'a coordinator without a server',
    ['coordinator'],
    2,
    'E_NATS_URL <home>: no NATS server is named, and none runs in this folder; start nats-server -js and give --nats nats://host:4222 (or SOWER_NATS)',
  ],
  [
    'no such file',
    ['run', 'missing.yaml'],
    3,
    'E_SWEEP_READ missing.yaml: there is no such file; check the path, or copy sweeps/quickstart.yaml',
  ],
  ['a folder', ['validate', 'folder'], 3, 'E_SWEEP_READ folder: this is a folder, not a sweep file; name a file in it'],
  [
    'a device without end',
    ['validate', '/dev/zero'],
    3,
    'E_SWEEP_TOO_BIG /dev/zero: the file has 1048577 bytes, above the limit of 1 MiB; is this the right file? A sweep file lists parameters, not data',
  ],
  [
    'not UTF-8',
    ['validate', 'latin1.yaml'],
    3,
    'E_SWEEP_ENCODING latin1.yaml: the file is not valid UTF-8; save it as UTF-8 text',
  ],
  [
    'no sweep yet',
    ['status'],
    4,
    'E_NO_SWEEP there is no sweep here yet; start one: npx sower run sweeps/quickstart.yaml',
  ],
  [
    'nobody at the URL',
    ['ls', '--nats', 'nats://127.0.0.1:<port>'],
    5,
    'E_NATS_UNREACHABLE nats://127.0.0.1:<port>: no NATS server answers; start nats-server there, or give another --nats URL',
  ],
];

describe('a bad command line', () => {
  it.each(cases)('%s', async (_what, args, code, message) => {
    const fill = (text: string) => text.replaceAll('<port>', String(freePort)).replaceAll('<home>', home.home);
    const result = await home.run(...args.map(fill));
    const lines = result.stderr.trim().split('\n');
    // A word for the seconds in which nobody answered.
    expect(lines.slice(0, -1)).toEqual(code === 5 ? [fill('waiting for nats://127.0.0.1:<port> ...')] : []);
    expect(lines.at(-1)).toBe(fill(message));
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
  });

  it('shows every fault of a sweep file with its place', async () => {
    const { code, stderr } = await home.run('validate', 'wrong.yaml');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^E_SWEEP_\w+ wrong\.yaml:16:\d+: train\.epochs: .*0/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('judges several sweep files under the name of each, and ends as the worst', async () => {
    const { code, stdout, stderr } = await home.run('validate', 'missing.yaml', 'wrong.yaml');
    expect([code, stdout]).toEqual([3, 'missing.yaml:\nwrong.yaml:\n']);
    expect(stderr).toMatch(/^E_SWEEP_READ missing\.yaml[\s\S]*^E_SWEEP_\w+ wrong\.yaml:16:/m);
    const judged = JSON.parse((await home.run('validate', 'missing.yaml', 'wrong.yaml', '--json')).stdout);
    expect(judged).toMatchObject([
      { file: 'missing.yaml', ok: false },
      { file: 'wrong.yaml', ok: false },
    ]);
  });

  it.each([
    ['missing.yaml', 'E_SWEEP_READ', 'there is no such file', 'check the path, or copy sweeps/quickstart.yaml'],
    ['folder', 'E_SWEEP_READ', 'this is a folder, not a sweep file', 'name a file in it'],
    ['latin1.yaml', 'E_SWEEP_ENCODING', 'the file is not valid UTF-8', 'save it as UTF-8 text'],
  ])('says as data, where asked, why %s cannot be read', async (where, code, message, fix) => {
    const result = await home.run('validate', where, '--json');
    expect(JSON.parse(result.stdout)).toEqual({ ok: false, errors: [{ code, where, message, fix }] });
    expect(result).toMatchObject({ code: 3, stderr: '' });
  });

  it('help lists the exit codes once and ends with 0', async () => {
    const { code, stdout } = await home.run('trials', '--help');
    expect(code).toBe(0);
    expect(stdout.match(/Exit codes:/g)).toHaveLength(1);
    expect(stdout).toContain('--state');
  });
});
