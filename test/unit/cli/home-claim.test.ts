import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimHome, readOwner, stateFile } from '../../../cli/embedded/home-claim.ts';
import { identify, isAlive } from '../../../shared/process/process-identity.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sower-claim-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A process that does nothing, to stand for a child of an owner that died. */
async function idleProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(1)']);
  await once(child.stdout, 'data');
  return child;
}

describe('the claim on a home folder', () => {
  it('is held by one command at a time and tells the others where the server is', async () => {
    const first = await claimHome(home, 'starting');
    if (!('claim' in first)) throw new Error('the first claim must succeed');
    first.claim.update({ role: 'running', url: 'nats://127.0.0.1:1' });
    expect(await claimHome(home, 'reading')).toMatchObject({ owner: { role: 'running', url: 'nats://127.0.0.1:1' } });
    first.claim.release();
    expect(readOwner(home)).toBeNull();
    expect(await claimHome(home, 'reading')).toHaveProperty('claim');
  });

  it('passes from a dead owner, whose children are ended first', async () => {
    const child = await idleProcess();
    const left = identify(child.pid as number);
    const owner = { pid: process.pid, started: 'another start' };
    writeFileSync(
      stateFile(home),
      JSON.stringify({ owner, role: 'running', url: 'nats://127.0.0.1:1', children: [left] }),
    );
    expect(readOwner(home)).toBeNull();
    const gone = once(child, 'exit');
    const taken = await claimHome(home, 'starting');
    expect(taken).toHaveProperty('claim');
    await gone;
    expect(isAlive(left)).toBe(false);
    expect(readOwner(home)).toMatchObject({ owner: { pid: process.pid }, children: [] });
  });

  it('survives a file that was torn by a crash', async () => {
    writeFileSync(stateFile(home), '{"owner":');
    expect(await claimHome(home, 'starting')).toHaveProperty('claim');
  });

  it('leaves no draft behind', async () => {
    const outcome = await claimHome(home, 'starting');
    if ('claim' in outcome) outcome.claim.release();
    expect(readdirSync(home)).toEqual([]);
    expect(existsSync(stateFile(home))).toBe(false);
  });
});
