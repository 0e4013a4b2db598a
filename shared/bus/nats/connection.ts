import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../../kernel/clock.ts';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { featuresOf, isAtLeast, OLDEST_SERVER } from './features.ts';
import { createLink, type Link } from './link.ts';
import { failureKind, translate, unreachable } from './nats-errors.ts';

export interface ConnectOptions {
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  /** How long the first connection may take; 5 s where not given. */
  readonly timeoutMs?: number;
  readonly log?: Log;
}

const CONNECT_MS = 5_000;
const RETRY_MS = 100;
const API_TIMEOUT_MS = 5_000;

/**
 * Connects within the deadline; E_NATS_UNREACHABLE where nobody answers. Once connected it never gives up: a lost server
 * is noticed within 15 s and tried every 250 ms.
 */
export async function openLink(options: ConnectOptions): Promise<Link> {
  const { url, log = () => undefined } = options;
  const nc = await dial(options);
  try {
    const version = nc.info?.version ?? '0.0.0';
    if (!isAtLeast(version, OLDEST_SERVER)) throw tooOld(url, version);
    if (nc.info?.jetstream !== true) throw noJetStream(url);
    const settings = { timeout: API_TIMEOUT_MS };
    const js = jetstream(nc, settings);
    const jsm = await jetstreamManager(nc, { ...settings, checkAPI: false });
    return createLink({ nc, js, jsm, url, log, features: featuresOf(version) });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

async function dial({ url, name, timeoutMs = CONNECT_MS }: ConnectOptions): Promise<NatsConnection> {
  const servers = url.split(',').map((part) => part.trim());
  for (const server of servers) refuseOtherUrl(server);
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await connect({
        servers,
        name,
        timeout: Math.max(Math.min(until - performance.now(), 2_000), 50),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 50,
        pingInterval: 5_000,
        maxPingOut: 2,
        noAsyncTraces: true,
      });
    } catch (error) {
      if (error instanceof errors.AuthorizationError) throw translate(error, url);
      if (failureKind(error) === 'refused' && error instanceof errors.InvalidArgumentError) throw error;
      if (performance.now() + RETRY_MS > until) throw unreachable(url, error);
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
  }
}

function refuseOtherUrl(server: string): void {
  const parsed = URL.canParse(server) ? new URL(server) : null;
  if (parsed !== null && ['nats:', 'tls:'].includes(parsed.protocol) && parsed.hostname !== '') return;
  throw new SowerError('E_NATS_URL', `"${server}" is not the URL of a NATS server`, {
    fix: 'write it as nats://host:4222',
    exit: EXIT.usage,
  });
}

function tooOld(url: string, version: string): SowerError {
  return new SowerError('E_NATS_TOO_OLD', `nats-server ${version} is older than ${OLDEST_SERVER}`, {
    where: url,
    fix: 'install a newer nats-server',
    exit: EXIT.unreachable,
  });
}

function noJetStream(url: string): SowerError {
  return new SowerError('E_NATS_NO_JETSTREAM', 'JetStream is off on this server', {
    where: url,
    fix: 'start it with "nats-server -js", or put a jetstream block into its configuration',
    exit: EXIT.unreachable,
  });
}
