/**
 * nats-server cannot notice that the command that started it was killed. The coordinator of that command can, and ends
 * the server as its last deed, once the agent has given its work back through it.
 */
import { join } from 'node:path';
import { servedStore } from '../../shared/bus/nats/server.ts';
import { endProcess, goneWithin, identify } from '../../shared/process/process-identity.ts';
import { readOwner, readState } from './home-claim.ts';

const AGENT_LIMIT_MS = 12_000;
const SERVER_GRACE_MS = 5_000;

export async function clearAfterDeadOwner(home: string): Promise<void> {
  const served = await servedStore(join(home, 'nats'));
  if (served === null) return;
  const others = (readState(home)?.children ?? []).filter(({ pid }) => pid !== process.pid && pid !== served.pid);
  await Promise.all(others.map((other) => goneWithin(other, AGENT_LIMIT_MS)));
  // A new owner has already dealt with it.
  if (readOwner(home) !== null) return;
  await endProcess(identify(served.pid), SERVER_GRACE_MS);
}
