import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reportFailure } from '../../../cli/failure.ts';
import { EXIT, SowerError } from '../../../shared/kernel/errors.ts';

let home: string;
let printed: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sower-failure-'));
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

describe('a command that fails', () => {
  it('prints an expected failure on one line and ends with its code', () => {
    const error = new SowerError('E_SWEEP_READ', 'there is no\nsuch file', { where: 'a.yaml', fix: 'check the path' });
    expect(reportFailure(error, { home, debug: false })).toBe(EXIT.invalidInput);
    expect(printed).toBe('E_SWEEP_READ a.yaml: there is no such file; check the path\n');
    expect(existsSync(join(home, 'logs'))).toBe(false);
  });

  it('prints no control codes of other people, and of a very long cell its beginning', () => {
    const cell = `\u001b[2J\u0007\u202e\t${'x'.repeat(1e6)}`;
    reportFailure(new SowerError('E_DATA_ROW', `"${cell}" is no number`, { where: 't.csv:3', fix: 'mend it' }), {
      home,
      debug: false,
    });
    expect(printed).toMatch(/^E_DATA_ROW t\.csv:3: "\\u001b\[2J\\u0007\\u202e x{990,1000}\.\.\.; mend it\n$/);
  });

  it('keeps the stack of a fault of ours in a log and off the screen', () => {
    const log = join(home, 'logs', 'sower.log');
    expect(reportFailure(new Error('invariant broken: x'), { home, debug: false })).toBe(EXIT.bug);
    expect(printed).toBe(`E_BUG unexpected error: invariant broken: x; this is a fault of sower, details in ${log}\n`);
    expect(readFileSync(log, 'utf8')).toMatch(/\n\s+at .*failure\.test\.ts/);
  });

  it('shows stacks and causes with --debug', () => {
    const error = new SowerError('E_X', 'outer', { cause: new Error('inner') });
    reportFailure(error, { home, debug: true });
    expect(printed).toMatch(/^E_X outer\nSowerError: outer\n\s+at [\s\S]*caused by Error: inner\n\s+at /);
  });

  it('does not fail over a log that cannot be written', () => {
    reportFailure(new Error('x'), { home: '/dev/null/nowhere', debug: false });
    expect(printed).toBe(
      'E_BUG unexpected error: x; this is a fault of sower, run it again with --debug to see where\n',
    );
  });
});
