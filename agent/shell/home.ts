import { join } from 'node:path';

/** Where an agent keeps what is its own: lock and outbox. */
export function agentFolder(home: string, agent: string): string {
  return join(home, 'agents', agent);
}

export function outboxFolder(home: string, agent: string): string {
  return join(agentFolder(home, agent), 'outbox');
}

/** Downloaded and generated data, shared by all agents of a home. */
export function cacheFolder(home: string): string {
  return join(home, 'cache');
}

/** Artifacts of one trial. */
export function trialFolder(home: string, sweep: string, trial: string): string {
  return join(home, 'models', sweep, trial);
}
