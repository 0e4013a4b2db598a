/** The `sower` command: parse, load the one verb that was asked for, run it, leave with its exit code. */
import { CommanderError } from 'commander';
import { EXIT, type ExitCode, SowerError } from '../shared/kernel/errors.ts';
import { createContext, type GlobalFlags, homeFolder } from './context.ts';
import { reportFailure } from './failure.ts';
import { createProgram, type Invocation, PAGE_CODES } from './program.ts';
import { loadVerb } from './verbs/load.ts';

const SERVICES: ReadonlySet<Invocation['verb']> = new Set(['agent', 'coordinator']);

async function main(words: readonly string[]): Promise<ExitCode> {
  let flags: GlobalFlags = {};
  let exit: ExitCode = EXIT.ok;
  const program = createProgram(async (invocation: Invocation) => {
    flags = invocation.flags;
    const verb = await loadVerb(invocation.verb);
    exit = await verb(createContext(flags, process.env, SERVICES.has(invocation.verb) ? 'info' : 'warn'), invocation);
    return exit;
  });
  const debug = () => flags.debug === true || words.includes('--debug');
  try {
    await program.parseAsync(words, { from: 'user' });
    return exit;
  } catch (error) {
    const page = error instanceof CommanderError ? PAGE_CODES.get(error.code) : undefined;
    if (page !== undefined) return page;
    const shown = error instanceof CommanderError ? misuse(error) : error;
    return reportFailure(shown, { home: homeFolder(flags, process.env), debug: debug() });
  }
}

/** What commander refuses, in one line. */
function misuse(error: CommanderError): SowerError {
  if (error.code === 'commander.help') {
    return new SowerError('E_USAGE', 'a command is missing', { fix: HELP, exit: EXIT.usage });
  }
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return new SowerError('E_USAGE', message, { fix: HELP, exit: EXIT.usage });
}

const HELP = 'see npx sower --help';

const code = await main(process.argv.slice(2));
// Whatever a verb left open (a log stream, a pooled socket) must not keep the shell waiting.
process.stdout.write('', () => process.exit(code));
