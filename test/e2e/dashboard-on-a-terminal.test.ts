import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../shared/process/package-root.ts';
import { openHome, type SowerHome } from '../support/sower.ts';
import { until } from '../support/until.ts';

const ENTER_ALTERNATE = '\u001b[?1049h';
const LEAVE_ALTERNATE = '\u001b[?1049l';
const CLEAR_SCROLLBACK = '\u001b[3J';
const CTRL_C = '\u0003';

const sweep = (seconds: number) => `name: on-a-terminal
method: grid
metric: {name: noop, goal: minimize}
seeds: [1, 2]
parameters: {a: {values: [1, 2, 3]}}
train: {noop: {seconds: ${seconds}}}
`;

/** The real command on a real pseudo-terminal, which `script` (util-linux) opens. */
describe('sower run on a terminal', () => {
  let home: SowerHome;
  beforeEach(() => {
    home = openHome();
  });
  afterEach(() => home.close());

  function run(seconds: number, columns: number, rows: number) {
    const file = home.write('sweep.yaml', sweep(seconds));
    const sower = `${process.execPath} ${join(packageRoot(), 'dist/cli.js')} run ${file}`;
    const { CI: _ci, ...inherited } = process.env;
    const terminal = spawn('script', ['-qfec', `stty cols ${columns} rows ${rows}; ${sower}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...inherited, SOWER_HOME: home.home, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    });
    let screen = '';
    terminal.stdout.setEncoding('utf8').on('data', (part: string) => {
      screen += part;
    });
    const code = new Promise<number | null>((resolve) => terminal.once('close', resolve));
    return {
      code,
      screen: () => screen,
      type: (keys: string) => terminal.stdin.write(keys),
    };
  }

  it.each([
    [100, 30],
    [0, 0],
  ])('draws beside the scrollback at %i x %i, then prints the ranking on it', async (columns, rows) => {
    const terminal = run(0.3, columns, rows);
    const code = await terminal.code;
    const screen = terminal.screen();
    expect(code).toBe(0);
    expect(screen.split(ENTER_ALTERNATE)).toHaveLength(2);
    const [drawn = '', after = ''] = (screen.split(ENTER_ALTERNATE)[1] ?? '').split(LEAVE_ALTERNATE);
    expect(drawn).toContain('on-a-terminal');
    expect(drawn).toContain('/6');
    expect(after).toContain('ranking by noop');
    expect(screen).not.toContain(CLEAR_SCROLLBACK);
  });

  it('answers keys, and gives the terminal back on Ctrl-C', async () => {
    const terminal = run(30, 100, 30);
    await until('the dashboard', () => terminal.screen().includes('running'), 60_000);
    terminal.type('2');
    await until('the trials screen', () => terminal.screen().includes('state=all'));
    terminal.type(CTRL_C);
    expect(await terminal.code).toBe(130);
    const after = terminal.screen().split(LEAVE_ALTERNATE)[1] ?? '';
    expect(after).toContain('the sweep can go on');
  });
});
