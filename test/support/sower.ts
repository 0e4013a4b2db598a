/** Drives the real command through dist/cli.js, in a home folder of its own, and finds what it leaves running. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SowerProcess {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  stdout(): string;
  stderr(): string;
  /** Resolves when the text appeared on stdout or stderr; fails where the command ended without it. */
  says(text: string | RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface SowerHome {
  readonly folder: string;
  readonly home: string;
  /** Writes a file beside the home folder and returns its path. */
  write(name: string, contents: string | Uint8Array): string;
  start(...args: readonly string[]): SowerProcess;
  run(...args: readonly string[]): Promise<Finished>;
  /** Pids of processes that still have to do with this home folder. */
  processes(): readonly number[];
  /** Ends commands that a failed test left; fails where any other process is left after a moment; removes the folder. */
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');

/** `environment` is added to that of every command. */
export function openHome(environment: Readonly<Record<string, string>> = {}): SowerHome {
  const folder = mkdtempSync(join(tmpdir(), 'sower-e2e-'));
  const home = join(folder, 'home');
  const running = new Set<SowerProcess>();
  const start = (...args: readonly string[]) => {
    const command = startSower(args, { ...environment, SOWER_HOME: home }, folder);
    running.add(command);
    void command.finished.then(() => running.delete(command));
    return command;
  };
  return {
    folder,
    home,
    write: (name, contents) => {
      const path = join(folder, name);
      writeFileSync(path, contents);
      return path;
    },
    start,
    run: (...args) => start(...args).finished,
    processes: () => processesOf(folder),
    close: async () => {
      for (const command of running) command.signal('SIGTERM');
      await until(`the processes of ${folder} to end`, () => processesOf(folder).length === 0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startSower(args: readonly string[], environment: Readonly<Record<string, string>>, cwd: string): SowerProcess {
  const { CI: _ci, SOWER_NATS: _nats, FORCE_COLOR: _color, ...inherited } = process.env;
  const env = { ...inherited, LC_ALL: 'C.UTF-8', ...environment };
  const child = spawn(process.execPath, [join(root, 'dist', 'cli.js'), ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  let over = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
    });
  }
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => {
      over = true;
      resolve({ code, ...text });
    });
  });
  const said = (wanted: string | RegExp) => {
    const all = text.stdout + text.stderr;
    return typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all);
  };
  return {
    pid: child.pid as number,
    finished,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    says: async (wanted) => {
      await until(`"${wanted}" from sower ${args.join(' ')}`, () => said(wanted) || over, 60_000);
      if (!said(wanted))
        throw new Error(`sower ${args.join(' ')} ended without "${wanted}":\n${text.stdout}${text.stderr}`);
    },
    signal: (name) => child.kill(name),
  };
}

/** By what /proc says of every process: its command line or its environment names the folder. */
function processesOf(folder: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => mentions(pid, folder)).map(Number);
}

function mentions(pid: string, folder: string): boolean {
  try {
    return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(folder));
  } catch {
    return false;
  }
}

export interface SmallSweep {
  readonly name?: string;
  readonly lr?: readonly number[];
  readonly momentum?: readonly number[];
  readonly seeds?: readonly number[];
  readonly rows?: number;
  readonly epochs?: number;
}

/** A sweep file on drawn digits whose trials take a fraction of a second. */
export function smallSweep(options: SmallSweep = {}): string {
  const { name = 'small', lr = [0.05, 0.2], momentum = [0, 0.9], seeds = [1, 66], rows = 1000, epochs = 2 } = options;
  return `name: ${name}
method: grid
metric: {name: val_loss, goal: minimize}
seeds: [${seeds.join(', ')}]
parameters:
  lr: {values: [${lr.join(', ')}]}
  momentum: {values: [${momentum.join(', ')}]}
train:
  data: {name: digits, split: {train: ${rows}, validation: 500}}
  model:
    - dense: {units: 32, activation: relu}
    - dense: {units: 10}
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}", momentum: "\${momentum}"}}
  batch_size: 32
  epochs: ${epochs}
`;
}
