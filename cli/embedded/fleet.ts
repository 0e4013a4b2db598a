/**
 * Everything a sweep needs on one machine: nats-server, coordinator and agent, each a process of its own, each started
 * again when it dies, all ended in the order in which they need each other.
 */
import { join } from 'node:path';
import { identify } from '../../shared/process/process-identity.ts';
import { createFileLog } from '../log.ts';
import type { HomeClaim, OwnedProcess } from './home-claim.ts';
import type { KeptProcess } from './kept-process.ts';
import { openServer } from './server.ts';
import { keepWorker } from './worker.ts';

export interface EmbeddedServer {
  readonly url: string;
  /** Starts coordinator and agent; resolves when they were started, not when they are ready. */
  hire(options: HireOptions): Promise<Hired>;
  /** Rejects where one of the processes cannot be kept running. */
  readonly givenUp: Promise<never>;
  stop(): Promise<void>;
}

export interface HireOptions {
  readonly slots: number | null;
  readonly dataDir: string | null;
  readonly provider: string | null;
  /** The queue that the agent works for. */
  readonly pool: string;
}

export interface Hired {
  readonly coordinator: string;
  readonly agent: string;
}

export interface ServerOptions {
  readonly home: string;
  readonly claim: HomeClaim;
  readonly note: (line: string) => void;
}

/** Where Prometheus looks first; another port where these are taken. */
const COORDINATOR_PORT = 9550;
const AGENT_PORT = 9551;
/** An agent gives back what it trains before it goes; the others have nothing to wait for. */
const AGENT_GRACE_MS = 10_000;
const GRACE_MS = 5_000;

export async function startEmbedded({ home, claim, note }: ServerOptions): Promise<EmbeddedServer> {
  const log = createFileLog(join(home, 'logs', 'run.log'));
  const kept: KeptProcess[] = [];
  const remember = () => claim.update({ children: kept.flatMap(ownedProcess) });
  const server = await openServer({ storeDir: join(home, 'nats'), log, note, onStart: remember });
  kept.push(server.process);
  claim.update({ url: server.url });
  remember();
  const losers = new Losers();
  losers.add(server.process.givenUp);
  // However this process leaves (a second Ctrl-C, a fault of ours), it leaves nothing running.
  const endAll = () => signalAll(kept);
  process.once('exit', endAll);

  return {
    url: server.url,
    givenUp: losers.first,
    hire: async ({ slots, dataDir, provider, pool }) => {
      const common = { home, log, onStart: remember };
      const coordinator = await keepWorker({
        ...common,
        name: 'coordinator',
        args: ['coordinator', '--nats', server.url],
        wishedPort: COORDINATOR_PORT,
      });
      const agent = await keepWorker({
        ...common,
        name: 'agent',
        // Reader and agent share a home: a second copy of every model in the object store would serve nobody.
        args: ['agent', 'start', '--name', 'local', '--no-upload', '--pool', pool, '--nats', server.url]
          .concat(slots === null ? [] : ['--slots', String(slots)])
          .concat(dataDir === null ? [] : ['--data-dir', dataDir])
          .concat(provider === null ? [] : ['--provider', provider]),
        wishedPort: AGENT_PORT,
      });
      for (const { process: one } of [coordinator, agent]) {
        kept.push(one);
        losers.add(one.givenUp);
      }
      remember();
      const hired = { coordinator: coordinator.url(), agent: agent.url() };
      claim.update({ role: 'running', ...hired });
      return hired;
    },
    stop: async () => {
      const [natsServer, coordinator, agent] = kept;
      await agent?.stop(AGENT_GRACE_MS);
      await coordinator?.stop(GRACE_MS);
      await natsServer?.stop(GRACE_MS);
      process.off('exit', endAll);
    },
  };
}

function ownedProcess(one: KeptProcess): readonly OwnedProcess[] {
  const pid = one.pid();
  return pid === null ? [] : [{ name: one.name, ...identify(pid) }];
}

function signalAll(kept: readonly KeptProcess[]): void {
  for (const pid of kept.flatMap((one) => one.pid() ?? [])) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It ended in the same moment.
    }
  }
}

/** The first failure among processes that join over time. */
class Losers {
  readonly first: Promise<never>;
  #reject: (reason: unknown) => void = () => {};

  constructor() {
    this.first = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.first.catch(() => {});
  }

  add(givenUp: Promise<never>): void {
    givenUp.catch(this.#reject);
  }
}
