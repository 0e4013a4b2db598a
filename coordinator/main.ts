/** The coordinator, put together: `sower coordinator` calls it, and so does whoever embeds one. */
import { join } from 'node:path';
import { connectBus } from '../shared/bus/nats/index.ts';
import type { Log } from '../shared/kernel/clock.ts';
import type { ExitCode } from '../shared/kernel/errors.ts';
import { systemClock } from '../shared/kernel/system-clock.ts';
import { type RunningHttp, startHttp } from '../shared/metrics/index.ts';
import { Coordinator } from './shell/coordinator.ts';
import { openJournal } from './shell/journal.ts';
import { COORDINATOR_LIMITS, type CoordinatorLimits, checkLimits } from './shell/limits.ts';
import { coordinatorPages } from './shell/pages.ts';

export interface CoordinatorOptions {
  /** Address of the NATS server, or several separated by commas. */
  readonly nats: string;
  /** Home folder (`./.sower`): the journal lies in `coordinator/` below it. */
  readonly home: string;
  /** `host:port` of `/metrics`, `/healthz` and `/sd`; null for none. */
  readonly listen: string | null;
  readonly log: Log;
  /** How the lease names this coordinator. Default `coordinator`. */
  readonly name?: string;
  /** Bounds that differ from the usual ones; for tests. */
  readonly limits?: Partial<CoordinatorLimits>;
}

export interface RunningCoordinator {
  /** `host:port` of the HTTP endpoint, null where it has none. */
  readonly metricsAddress: string | null;
  /** `standby` until it holds the lease and has folded the log. */
  readonly role: 'leader' | 'standby';
  /** Confirms what is under way, gives up the lease, and ends. */
  stop(): Promise<void>;
  /** Resolves when it has ended, by `stop` or because it cannot go on. */
  readonly closed: Promise<ExitCode>;
}

/**
 * Starts a coordinator; resolves when it is connected, and leads or waits as a standby from then on. Throws E_LISTEN and
 * what connecting to the server throws.
 */
export async function runCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { nats, home, listen, log, name = 'coordinator' } = options;
  const limits = checkLimits({ ...COORDINATOR_LIMITS, ...options.limits });
  const bus = await connectBus({ url: nats, name, log });
  let http: RunningHttp | null = null;
  try {
    await bus.provision();
    const coordinator = new Coordinator({
      name,
      bus,
      openJournal: () => openJournal(join(home, 'coordinator'), log),
      clock: systemClock,
      log,
      limits,
    });
    const pages = coordinatorPages(coordinator.metrics, () => coordinator.health, limits.leaseStepDownMs);
    http = listen === null ? null : await startHttp(listen, pages);
    const closed = coordinator.run().finally(async () => {
      await http?.stop();
      await bus.close();
    });
    log('info', 'coordinator started', { nats: bus.url, server: bus.serverVersion, metrics: http?.address ?? null });
    return {
      metricsAddress: http?.address ?? null,
      get role() {
        return coordinator.health.session?.phase === 'live' ? 'leader' : 'standby';
      },
      async stop() {
        coordinator.stop();
        await closed;
      },
      closed,
    };
  } catch (error) {
    await http?.stop();
    await bus.close();
    throw error;
  }
}
