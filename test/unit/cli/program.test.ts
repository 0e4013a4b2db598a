import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram, type Invocation } from '../../../cli/program.ts';

async function parse(...words: string[]): Promise<Invocation | { readonly code: string; readonly message: string }> {
  let called: Invocation | null = null;
  try {
    await createProgram(async (invocation) => {
      called = invocation;
      return 0;
    }).parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.code, message: error.message };
    throw error;
  }
  return called ?? { code: 'nothing', message: '' };
}

describe('the command line', () => {
  it('takes global flags before and after the verb', async () => {
    expect(await parse('--json', 'status', 'digits')).toMatchObject({
      verb: 'status',
      args: ['digits'],
      flags: { json: true },
    });
    expect(await parse('status', '--json')).toMatchObject({ verb: 'status', flags: { json: true } });
    expect(await parse('trials', '-vv', '--nats', 'nats://h:1')).toMatchObject({
      flags: { verbose: 2, nats: 'nats://h:1' },
    });
  });

  it('takes one file to validate, or several', async () => {
    expect(await parse('validate', 'a.yaml')).toMatchObject({ verb: 'validate', args: ['a.yaml'] });
    expect(await parse('validate', 'a.yaml', 'b.yaml', '--json')).toMatchObject({ args: ['a.yaml', 'b.yaml'] });
  });

  it('reads numbers as numbers', async () => {
    expect(await parse('run', 'a.yaml', '--slots', '3')).toMatchObject({ flags: { slots: 3, failAllowance: 0 } });
    expect(await parse('agent', 'start', '--name', 'gpu-1')).toMatchObject({ verb: 'agent', flags: { name: 'gpu-1' } });
  });

  it.each([
    [['run'], "error: missing required argument 'file'"],
    [['stauts'], "error: unknown command 'stauts'\n(Did you mean status?)"],
    [['status', '--jsno'], "error: unknown option '--jsno'\n(Did you mean --json?)"],
    [
      ['run', 'a.yaml', '--slots', '0'],
      "error: option '--slots <n>' argument '0' is invalid. It must be a whole number of at least 1.",
    ],
    [
      ['run', 'a.yaml', '--slots', 'two'],
      "error: option '--slots <n>' argument 'two' is invalid. It must be a whole number of at least 1.",
    ],
    [['status', '-q', '-v'], "error: option '-q, --quiet' cannot be used with option '-v, --verbose'"],
    [['run', 'a.yaml', 'b.yaml'], "error: too many arguments for 'run'. Expected 1 argument but got 2."],
  ])('refuses %j', async (words, message) => {
    expect(await parse(...words)).toMatchObject({ message });
  });
});
