/**
 * One command at a time owns a home folder's embedded server. `embedded.json` is both the lock (created exclusively) and
 * the address book: other terminals read from it where the server is.
 *
 * Roles: `starting` (owner, nothing to connect to yet) -> `running` (a sweep runs) or `reading` (server only, for one
 * short command). The file of an owner that died is taken over; what it left running is ended first.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, identify, isAlive, type ProcessIdentity } from '../../shared/process/process-identity.ts';
import { makeHome } from '../home-folder.ts';

export type OwnerRole = 'starting' | 'running' | 'reading';

export interface OwnedProcess extends ProcessIdentity {
  readonly name: string;
}

export interface EmbeddedState {
  readonly owner: ProcessIdentity;
  readonly role: OwnerRole;
  readonly url: string | null;
  readonly coordinator: string | null;
  readonly agent: string | null;
  /** What the owner started, to be ended after it died. */
  readonly children: readonly OwnedProcess[];
}

export interface HomeClaim {
  update(change: Partial<Omit<EmbeddedState, 'owner'>>): void;
  release(): void;
}

export type ClaimOutcome = { readonly claim: HomeClaim } | { readonly owner: EmbeddedState };

/** How long what a dead owner left may take to end by itself: its agent gives its work back. */
const LEFTOVER_GRACE_MS = 5_000;

export function stateFile(home: string): string {
  return join(home, 'embedded.json');
}

/** What the file says, whether its owner lives or not. */
export function readState(home: string): EmbeddedState | null {
  return parseState(stateFile(home));
}

/** The state of the living owner, or null. */
export function readOwner(home: string): EmbeddedState | null {
  const state = readState(home);
  return state !== null && isAlive(state.owner) ? state : null;
}

/** Claims the home folder, or tells who has it. What a dead owner left running has ended when this resolves. */
export async function claimHome(home: string, role: OwnerRole): Promise<ClaimOutcome> {
  makeHome(home);
  let leftover: readonly OwnedProcess[] = [];
  for (;;) {
    const mine: EmbeddedState = { ...EMPTY, owner: identify(process.pid), role, children: leftover };
    if (createExclusively(home, mine)) {
      await Promise.all(leftover.map((child) => endProcess(child, LEFTOVER_GRACE_MS)));
      const claim = openClaim(home, mine);
      claim.update({ children: [] });
      return { claim };
    }
    const owner = readOwner(home);
    if (owner !== null) return { owner };
    leftover = buryDeadOwner(home) ?? leftover;
  }
}

/** A hard link appears whole or not at all, so no reader ever sees a half-written claim. */
function createExclusively(home: string, state: EmbeddedState): boolean {
  const draft = `${stateFile(home)}.${process.pid}`;
  writeFileSync(draft, format(state));
  try {
    linkSync(draft, stateFile(home));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes the file of a dead owner and returns what it left running; null where another command was faster. A living
 * owner's file that slipped in between is put back.
 */
function buryDeadOwner(home: string): readonly OwnedProcess[] | null {
  const grave = `${stateFile(home)}.dead-${process.pid}`;
  try {
    renameSync(stateFile(home), grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const state = parseState(grave);
    if (state === null || !isAlive(state.owner)) return state?.children ?? [];
    linkSync(grave, stateFile(home));
    return null;
  } finally {
    rmSync(grave, { force: true });
  }
}

function openClaim(home: string, first: EmbeddedState): HomeClaim {
  let state = first;
  return {
    update: (change) => {
      state = { ...state, ...change };
      // Replaced in one step: a reader sees the old state or the new one, never half of one.
      const draft = `${stateFile(home)}.${process.pid}`;
      writeFileSync(draft, format(state));
      renameSync(draft, stateFile(home));
    },
    release: () => rmSync(stateFile(home), { force: true }),
  };
}

function format(state: EmbeddedState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

function parseState(file: string): EmbeddedState | null {
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as Partial<EmbeddedState>;
    return typeof state.owner?.pid === 'number' ? { ...EMPTY, ...state, owner: state.owner } : null;
  } catch {
    return null;
  }
}

const EMPTY = { role: 'starting', url: null, coordinator: null, agent: null, children: [] } as const;
