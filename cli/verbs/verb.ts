import type { ExitCode } from '../../shared/kernel/errors.ts';
import type { CliContext } from '../context.ts';
import type { Invocation } from '../program.ts';

/** The code behind one word of the command line; returns the exit code. */
export type Verb = (context: CliContext, invocation: Invocation) => Promise<ExitCode>;
