/** The agent, put together: `sower agent start` calls it, and so does whoever embeds one. */
import { hostname } from 'node:os';
import { connectBus } from '../shared/bus/nats/index.ts';
import type { Bus } from '../shared/bus/port.ts';
import type { Log } from '../shared/kernel/clock.ts';
import type { ExitCode } from '../shared/kernel/errors.ts';
import { systemClock } from '../shared/kernel/system-clock.ts';
import { AGENT_LIMITS, type AgentLimits, checkLimits } from './core/limits.ts';
import type { ProviderWish } from './engine/index.ts';
import { Agent } from './shell/agent.ts';
import { lockAgent } from './shell/agent-lock.ts';
import { agentNameOf, checkName } from './shell/agent-name.ts';
import { agentFolder, outboxFolder } from './shell/home.ts';
import { openOutbox } from './shell/outbox.ts';

export interface AgentOptions {
  /** Address of the NATS server, or several separated by commas. */
  readonly nats: string;
  /** Home folder (`./.sower`): outbox, models and cache lie below it. */
  readonly home: string;
  /** Default: the host's name. One agent of a name per home folder. */
  readonly name?: string;
  /** Default `default`. */
  readonly pool?: string;
  /** Default: one for each GPU, else one for each CPU core. */
  readonly slots?: number;
  /** Folder with data sets a person gave. */
  readonly dataDir?: string | null;
  /** What onnxruntime computes with. Default `cpu`. */
  readonly provider?: ProviderWish;
  /** `host:port` of `/metrics` and `/healthz`; null for none. Default: a free loopback port. */
  readonly listen?: string | null;
  /** Copies models into the object store. Default true. */
  readonly upload?: boolean;
  readonly log: Log;
  /** Bounds that differ from the usual ones; for tests. */
  readonly limits?: Partial<AgentLimits>;
}

export interface RunningAgent {
  readonly name: string;
  /** `host:port` of the agent's HTTP endpoint, null where it has none. */
  readonly metricsAddress: string | null;
  /** Drains: running trials stop at their next chunk border and go back, then everything ends. */
  stop(): Promise<void>;
  /** Resolves when the agent has ended, by `stop` or because it cannot go on. */
  readonly closed: Promise<ExitCode>;
}

/**
 * Starts an agent and resolves when it is pulling. Throws E_NAME, E_AGENT_RUNNING (exit code 9), E_LISTEN, and what
 * connecting to the server throws.
 */
export async function runAgent(options: AgentOptions): Promise<RunningAgent> {
  const limits = checkLimits({ ...AGENT_LIMITS, ...options.limits });
  const name = checkName(options.name ?? agentNameOf(hostname()), 'agent');
  const pool = checkName(options.pool ?? 'default', 'pool');
  const lock = await lockAgent(agentFolder(options.home, name), name);
  let bus: Bus | null = null;
  try {
    bus = await connectBus({ url: options.nats, name: `agent ${name}` });
    const agent = new Agent({
      name,
      pool,
      home: options.home,
      slots: options.slots ?? null,
      dataDir: options.dataDir ?? null,
      provider: options.provider ?? 'cpu',
      listen: options.listen === undefined ? '127.0.0.1:0' : options.listen,
      upload: options.upload ?? true,
      bus,
      outbox: await openOutbox(outboxFolder(options.home, name), limits.segmentEntries, options.log),
      lock,
      limits,
      clock: systemClock,
      log: options.log,
    });
    await agent.start().catch(async (error: unknown) => {
      await agent.stop();
      throw error;
    });
    return {
      name,
      get metricsAddress() {
        return agent.metricsAddress;
      },
      stop: () => agent.stop(),
      closed: agent.closed,
    };
  } catch (error) {
    await bus?.close().catch(() => undefined);
    await lock.release();
    throw error;
  }
}
