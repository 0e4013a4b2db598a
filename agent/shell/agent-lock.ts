/**
 * One agent of a name on one home folder: two would write the same outbox and answer for each other's presence. The lock
 * is a file that names its holder; it is stale where that process is gone, or, when another machine (or container) wrote
 * it, where nobody touched it for a while.
 */

import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { identify, isAlive, type ProcessIdentity } from '../../shared/process/process-identity.ts';

export interface AgentLock {
  /** Shows other machines that the holder is alive; call with every beat. */
  touch(): Promise<void>;
  release(): Promise<void>;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
}

/** A holder on another machine touches its lock every 10 s. */
const FOREIGN_STALE_MS = 60_000;
/** A takeover takes milliseconds; a guard this old was left by a crash. */
const GUARD_STALE_MS = 10_000;
const TRIES = 5;

/** Throws E_AGENT_RUNNING (exit code 9) where an agent of this name is alive. */
export async function lockAgent(folder: string, name: string): Promise<AgentLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'lock');
  const draft = join(folder, `lock.${process.pid}.${performance.now()}`);
  const mine: Holder = { ...identify(process.pid), host: hostname() };
  await writeFile(draft, `${JSON.stringify(mine)}\n`);
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await linked(draft, path)) return lockAt(path);
      const holder = await readHolder(path);
      if (holder === null) continue;
      if (await isHeld(holder, path)) throw running(name, holder, path);
      await removeStale(path, draft, holder);
    }
    throw running(name, mine, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes the lock of `holder`; under a guard, so that nobody removes the lock of whoever was faster. */
async function removeStale(path: string, draft: string, holder: Holder): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await linked(draft, guard))) {
    if ((await ageMs(guard)) > GUARD_STALE_MS) await rm(guard, { force: true });
    return;
  }
  try {
    const now = await readHolder(path);
    if (now !== null && JSON.stringify(now) === JSON.stringify(holder)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function lockAt(path: string): AgentLock {
  return {
    async touch() {
      const now = new Date();
      await utimes(path, now, now);
    },
    release: () => rm(path, { force: true }),
  };
}

/** Time since the file was touched; infinite where it is gone. */
async function ageMs(path: string): Promise<number> {
  return stat(path).then(
    (file) => Date.now() - file.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null where the file is gone meanwhile. A file that names nobody (torn by a crash) counts as a dead holder's. */
async function readHolder(path: string): Promise<Holder | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return null;
  }
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid === 'number' && typeof host === 'string') return { pid, host, started: started ?? null };
  } catch {
    // Falls through to a holder that cannot be alive.
  }
  return { pid: 0, host: hostname(), started: null };
}

async function isHeld(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const touched = await stat(path).then(
      (file) => file.mtimeMs,
      () => 0,
    );
    return Date.now() - touched < FOREIGN_STALE_MS;
  }
  return holder.pid > 0 && isAlive(holder);
}

function running(name: string, holder: Holder, path: string): SowerError {
  return new SowerError('E_AGENT_RUNNING', `agent "${name}" is running already (pid ${holder.pid} on ${holder.host})`, {
    where: path,
    fix: 'stop it, or give this one another name with --name',
    exit: EXIT.conflict,
  });
}
