/** The message server: found, answering, how durable it is, and whether its clock agrees with ours. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer, serverVersion } from '../../shared/bus/nats/find-server.ts';
import { connectBus } from '../../shared/bus/nats/index.ts';
import { startNatsServer } from '../../shared/bus/nats/server.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { CliContext } from '../context.ts';
import { withBus } from '../reading/open-bus.ts';
import { type Check, type CheckResult, fail, pass, warn } from './check.ts';

export const serverCheck: Check = {
  name: 'nats-server',
  run: async ({ natsUrl }) => {
    try {
      const path = await findNatsServer({ install: false, log: () => {} });
      return pass(`${await serverVersion(path)} at ${path}`);
    } catch (error) {
      if (!(error instanceof SowerError)) throw error;
      const fix = error.fix ?? 'apt-get install nats-server';
      return natsUrl === null ? fail(error.message, fix) : warn(`${error.message}, but --nats names a server`, fix);
    }
  },
};

/** Connects where a server runs or can be started at once. */
export const jetStreamCheck: Check = {
  name: 'jetstream',
  run: async (context) => {
    if (context.natsUrl === null && !existsSync(join(context.home, 'nats'))) return tryOut();
    return onServer(context, async (bus) => {
      const sweeps = (await bus.sweeps.list()).length;
      return pass(`${await describe(bus)}, ${sweeps} sweep${sweeps === 1 ? '' : 's'}`);
    });
  },
};

async function describe(bus: Bus): Promise<string> {
  return `nats-server ${bus.serverVersion} at ${bus.url}, round trip ${(await bus.roundTripMs()).toFixed(1)} ms`;
}

/** Starts a server on a throw-away store and creates every stream on it. */
async function tryOut(): Promise<CheckResult> {
  const storeDir = await mkdtemp(join(tmpdir(), 'sower-doctor-'));
  try {
    const server = await startNatsServer({ storeDir });
    try {
      const bus = await connectBus({ url: server.url, name: 'sower-doctor' });
      await bus.provision();
      const found = await describe(bus);
      await bus.close();
      return pass(`works (tried out: ${found})`);
    } finally {
      await server.stop();
    }
  } catch (error) {
    if (!(error instanceof SowerError)) throw error;
    return failed(error);
  } finally {
    await rm(storeDir, { recursive: true, force: true });
  }
}

/** First server version that can sync every acknowledged message to disk. */
const SYNCING_SERVER = [2, 10] as const;

/** The rung of the durability ladder in plain words; "durable" only where each acknowledged message is on disk. */
export const durabilityCheck: Check = {
  name: 'durability',
  run: async ({ natsUrl }) => {
    if (natsUrl !== null) {
      return warn(
        'of a server run by others nothing is known',
        'on 2.10 or newer set "sync_interval: always" in its jetstream block; on 2.9 mount its store with "sync"',
      );
    }
    const path = await findNatsServer({ install: false, log: () => {} }).catch(() => null);
    if (path === null) return fail('no nats-server, so nothing is stored', 'apt-get install nats-server');
    const version = await serverVersion(path);
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number);
    if (major > SYNCING_SERVER[0] || (major === SYNCING_SERVER[0] && minor >= SYNCING_SERVER[1])) {
      return pass('durable: every acknowledged message is on disk (sync_interval: always)');
    }
    return warn(
      'a killed process loses nothing; a power cut may lose the last two minutes, which agents then send again',
      'nats-server 2.10 or newer stores every message at once',
    );
  },
};

const SKEW_LIMIT_MS = 5_000;

/** Compares the age that the server gives our agents with what their own clock said. */
export const clockCheck: Check = {
  name: 'clock',
  run: async (context) => {
    if (context.natsUrl === null) return pass('everything runs on this machine');
    return onServer(context, async (bus) => {
      const agents = await bus.presence.list();
      const early = agents.filter(({ entry, ageMs }) => entry.startedAt > Date.now() - ageMs + SKEW_LIMIT_MS);
      if (early.length === 0) return pass(`${agents.length} agents present, none with a clock ahead of this one`);
      const names = early.map(({ entry }) => entry.agent).join(', ');
      return warn(
        `clocks differ by more than 5 s: ${names}`,
        'run an NTP client on every host; ordering does not use clocks',
      );
    });
  },
};

const CONNECT_MS = 2_000;

function failed({ code, where, message, fix }: SowerError): CheckResult {
  const place = where === undefined ? '' : ` ${where}:`;
  return fail(`${code}${place} ${message}`, fix ?? 'run it again with --debug');
}

async function onServer(context: CliContext, check: (bus: Bus) => Promise<CheckResult>): Promise<CheckResult> {
  try {
    const { natsUrl } = context;
    if (natsUrl === null) return await withBus(context, check);
    const bus = await connectBus({ url: natsUrl, name: 'sower-doctor', timeoutMs: CONNECT_MS });
    try {
      return await check(bus);
    } finally {
      await bus.close();
    }
  } catch (error) {
    if (!(error instanceof SowerError)) throw error;
    return failed(error);
  }
}
