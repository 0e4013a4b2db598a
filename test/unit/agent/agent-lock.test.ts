import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockAgent } from '../../../agent/shell/agent-lock.ts';
import { agentNameOf, checkName } from '../../../agent/shell/agent-name.ts';
import { isName } from '../../../shared/kernel/ids.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (holder: object | string) =>
  writeFile(join(folder, 'lock'), typeof holder === 'string' ? holder : JSON.stringify(holder));

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid as number;
}

describe('lockAgent', () => {
  it('is held by one, and free again after release; nothing else is left in the folder', async () => {
    const lock = await lockAgent(folder, 'lab');
    await expect(lockAgent(folder, 'lab')).rejects.toMatchObject({ code: 'E_AGENT_RUNNING', exit: 9 });
    expect(await readdir(folder)).toEqual(['lock']);
    await lock.touch();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockAgent(folder, 'lab')).release();
  });

  it('is won by exactly one of many', async () => {
    await write({ pid: await deadPid(), host: hostname(), started: null });
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => lockAgent(folder, 'lab')));
    expect(tries.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('is taken over from a process that is gone, and from one whose id was given to another', async () => {
    await write({ pid: await deadPid(), host: hostname(), started: null });
    await (await lockAgent(folder, 'lab')).release();
    await write({ pid: process.pid, host: hostname(), started: '1' });
    await (await lockAgent(folder, 'lab')).release();
  });

  it('is taken over where the file is torn', async () => {
    await write('{"pid": 12');
    await (await lockAgent(folder, 'lab')).release();
  });

  it('belongs to another machine while that one touches it, and not for long after', async () => {
    await write({ pid: 1, host: 'another-host', started: null });
    await expect(lockAgent(folder, 'lab')).rejects.toThrow('another-host');
    const before = new Date(Date.now() - 120_000);
    await utimes(join(folder, 'lock'), before, before);
    await (await lockAgent(folder, 'lab')).release();
  });
});

describe('names', () => {
  it.each([
    ['gpu-07.lab.example.org', 'gpu-07'],
    ['Ada’s MacBook Pro.local', 'ada-s-macbook-pro'],
    ['_node_', 'node'],
    ['', 'agent'],
    ['日本', 'agent'],
    ['x'.repeat(100), 'x'.repeat(63)],
  ])('"%s" becomes %s', (host, name) => {
    expect(agentNameOf(host)).toBe(name);
    expect(isName(name)).toBe(true);
  });

  it('refuses a given name that cannot be one', () => {
    expect(checkName('lab-1', 'agent')).toBe('lab-1');
    for (const name of ['Lab', 'a.b', '', 'a b', '-a']) {
      expect(() => checkName(name, 'pool')).toThrow(expect.objectContaining({ code: 'E_NAME', exit: 2 }));
    }
  });
});
