/** Every verb and flag, declared; the code of a verb is loaded only when it is called. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode } from '../shared/kernel/errors.ts';
import { SOWER_VERSION } from '../shared/protocol/version.ts';
import type { GlobalFlags } from './context.ts';
import { BENCH_NETS } from './engine/net-names.ts';
import { INSTALLABLE } from './installing/plan.ts';

/** What was asked for: which verb, with which arguments and flags. */
export interface Invocation {
  readonly verb: VerbName;
  readonly args: readonly (string | undefined)[];
  /** Own and global flags together, as commander parsed them. */
  readonly flags: GlobalFlags & Readonly<Record<string, unknown>>;
}

export type VerbName =
  | 'run'
  | 'validate'
  | 'ls'
  | 'status'
  | 'trials'
  | 'show'
  | 'best'
  | 'audit'
  | 'report'
  | 'export'
  | 'cancel'
  | 'agent'
  | 'coordinator'
  | 'doctor'
  | 'info'
  | 'data show'
  | 'data push'
  | 'data ls'
  | 'engine bench'
  | 'engine probe'
  | 'engine inspect'
  | 'engine install';

const EXIT_CODES = `
Exit codes:
  0 ok   1 unexpected error   2 misuse of the command line   3 sweep file invalid   4 no such sweep or trial
  5 NATS or coordinator unreachable   6 failures above the allowance   7 not permitted   8 timed out   9 conflict
  10 doctor or audit found a problem   130 interrupted   143 terminated`;

/** `onCall` receives the verb that was typed. */
export function createProgram(onCall: (invocation: Invocation) => Promise<ExitCode>): Command {
  const program = new Command('sower')
    .description('Hyperparameter sweeps on machines you own.')
    .version(SOWER_VERSION, '-V, --version')
    .option('--json', 'machine-readable output')
    .option('--plain', 'plain lines, no screen')
    .option('--no-color', 'no colours')
    .addOption(new Option('-q, --quiet', 'only results, no remarks').conflicts('verbose'))
    .option('-v, --verbose', 'log more to stderr (-vv: everything)', (_value, level: number) => level + 1, 0)
    .option('--debug', 'log everything and print stack traces')
    .option('--nats <url>', 'NATS server to use (or SOWER_NATS); default: an embedded one')
    .option('--home <dir>', 'where Sower keeps its files (or SOWER_HOME); default: ./.sower')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('afterAll', EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} });

  const verb = (parent: Command, name: VerbName, usage: string, description: string): Command => {
    const command = parent.command(usage).description(description);
    return command.action(async () => {
      const args = (command.processedArgs as (string | undefined | readonly string[])[]).flat();
      await onCall({ verb: name, args, flags: command.optsWithGlobals() });
    });
  };
  declareRunning(verb, program);
  declareReading(verb, program);
  declareServices(verb, program);
  declareData(verb, program);
  declareEngine(verb, program);
  return program;
}

type Declare = (parent: Command, name: VerbName, usage: string, description: string) => Command;

function declareRunning(verb: Declare, program: Command): void {
  verb(program, 'run', 'run <file>', 'run a sweep and watch it; a sweep that was interrupted goes on')
    .option('--slots <n>', 'trials at a time of the embedded agent; default: one per core', positiveInteger)
    .option('--data-dir <dir>', 'folder with data sets (or SOWER_DATA)')
    .addOption(providerOption())
    .option('--fail-allowance <n>', 'trials that may fail before the exit code is 6', wholeNumber, 0)
    .addOption(new Option('--detach', 'submit and leave; needs --nats').conflicts('failAllowance'));
  verb(program, 'validate', 'validate <files...>', 'check sweep files and say how many trials they have').option(
    '--data-dir <dir>',
    'folder with data sets (or SOWER_DATA)',
  );
  verb(program, 'cancel', 'cancel <sweep>', 'stop a sweep; its unfinished trials are given up').option(
    '--reason <text>',
    'kept with the sweep',
    'cancelled by hand',
  );
}

/** `auto`: a GPU where one works, else the CPU. */
function providerOption(): Option {
  const words = 'what the engine ort computes with; default: cpu';
  return new Option('--provider <name>', words).choices(['cpu', 'cuda', 'webgpu', 'auto']);
}

function declareReading(verb: Declare, program: Command): void {
  verb(program, 'ls', 'ls', 'list sweeps');
  verb(program, 'status', 'status [sweep]', 'one page: progress, best configuration, agents');
  verb(program, 'trials', 'trials [sweep]', 'table of trials')
    .addOption(new Option('--state <states>', 'only these, with commas: done,failed'))
    .addOption(new Option('--sort <key>', 'trial, objective, state, seconds, ended or a parameter').default('trial'))
    .option('--limit <n>', 'at most this many', positiveInteger)
    .option('--csv', 'comma-separated values');
  verb(program, 'show', 'show <trial>', 'everything about one trial').option(
    '--sweep <sweep>',
    'default: the latest sweep',
  );
  verb(program, 'best', 'best [sweep]', 'ranked configurations and the best model').option(
    '-n, --number <n>',
    'configurations to list',
    positiveInteger,
  );
  verb(program, 'report', 'report [sweep]', 'write all figures and tables into one HTML file')
    .option('-o, --output <file>', 'default: <sweep>.html in this folder')
    .option('--open', 'show it in a browser');
  verb(
    program,
    'export',
    'export [sweep]',
    'ended trials for other programs: tables to stdout, folders to exports/<sweep>/<format>',
  )
    .addOption(
      new Option('--format <format>', 'which').choices(['csv', 'jsonl', 'tensorboard', 'mlflow']).default('csv'),
    )
    .option('-o, --out <path>', 'file or folder to write; - is stdout')
    .option('--force', 'replace the file or the earlier export that is there');
  verb(program, 'audit', 'audit [sweep]', 'prove that every trial was counted exactly once');
}

function declareServices(verb: Declare, program: Command): void {
  const agent = program.command('agent').description('work of this machine for a sweep');
  verb(agent, 'agent', 'start', 'train trials here until stopped')
    .option('--name <name>', 'default: the host name')
    .option('--pool <pool>', 'which queue to work for', 'default')
    .option('--slots <n>', 'trials at a time; default: one per GPU, else one per core', positiveInteger)
    .option('--listen <address>', 'host:port of /metrics and /healthz; default: a free port of 127.0.0.1')
    .option('--data-dir <dir>', 'folder with data sets (or SOWER_DATA)')
    .addOption(providerOption())
    .option('--no-upload', 'keep models on this machine only; default: also in the object store')
    .addOption(new Option('--end-with-parent').hideHelp());
  verb(program, 'coordinator', 'coordinator', 'plan sweeps and keep count until stopped')
    .option('--listen <address>', 'host:port of /metrics, /healthz and /sd', '127.0.0.1:9550')
    .addOption(new Option('--end-with-parent').hideHelp());
  verb(program, 'doctor', 'doctor', 'check this machine, each problem with its fix');
  verb(program, 'info', 'info', 'paths and settings, and where each comes from');
}

function declareData(verb: Declare, program: Command): void {
  const data = program.command('data').description('data that sweeps train on: look at it, store it for all agents');
  verb(
    data,
    'data show',
    'show <name>',
    'a data set by name, a file or folder, or the data of a sweep file: shape, classes, columns, a few images',
  )
    .option('--data-dir <dir>', 'folder with data sets (or SOWER_DATA)')
    .option('--target <column>', 'of a table: the column to predict; default: the last');
  verb(data, 'data push', 'push <file>', 'store a file or folder for the agents of a server, by its SHA-256');
  verb(data, 'data ls', 'ls', 'list what is stored');
}

function declareEngine(verb: Declare, program: Command): void {
  const engine = program.command('engine').description('look into the training engine of this machine');
  verb(engine, 'engine bench', 'bench', 'train standard nets: steps per second, time by op, GFLOP/s')
    .option('--net <nets>', `one or more of ${BENCH_NETS.join(', ')}, with commas; default: all`, oneOrMore(BENCH_NETS))
    .option('--seconds <n>', 'how long to train each', positiveInteger, 3);
  verb(engine, 'engine probe', 'probe', 'try every op that training may need, by provider')
    .addOption(
      new Option('--provider <providers>', 'one or more of cpu, cuda, webgpu, with commas')
        .argParser(oneOrMore(['cpu', 'cuda', 'webgpu']))
        .default(['cpu', 'cuda', 'webgpu'], 'all'),
    )
    .option('--all', 'list the ops that are there, too');
  verb(engine, 'engine inspect', 'inspect <file>', 'a .onnx file, or the training graph of a sweep file')
    .option('--trial <trial>', 'which trial of the sweep; default: t000000')
    .option('--graph', 'print the graph, too');
  const what = new Argument('<what>', 'tfjs-node, tfjs-node-gpu, tfjs or cuda').choices(INSTALLABLE);
  verb(engine, 'engine install', 'install', 'put native libraries of an engine into the cache folder of this user')
    .addArgument(what)
    .option('--dry-run', 'say what would be done, with sizes')
    .option('--force', 'install again what is there');
}

/** Words separated by commas, each of the list. */
function oneOrMore(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const words = text.split(',').map((word) => word.trim());
    const stray = words.find((word) => !known.includes(word));
    if (stray !== undefined) throw new InvalidArgumentError(`"${stray}" is none of ${known.join(', ')}.`);
    return [...new Set(words)];
  };
}

/** Commander prints the message after the flag's name. */
function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Exit code of a help or version page that a person asked for. */
export const PAGE_CODES: ReadonlyMap<string, ExitCode> = new Map([
  ['commander.helpDisplayed', EXIT.ok],
  ['commander.version', EXIT.ok],
]);
