import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect } from 'vitest';
import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { startTestNats, type TestNats } from '../support/nats.ts';
import { until } from '../support/until.ts';
import { busContract } from './bus.ts';

let nats: TestNats;
const opened: Bus[] = [];
const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
let socketsBefore = 0;
const signalOf = { kill: 'SIGKILL', stop: 'SIGTERM' } as const;

beforeAll(async () => {
  socketsBefore = sockets();
  nats = await startTestNats();
  const bus = await connectBus({ url: nats.url, name: 'provisioner' });
  await bus.provision();
  await bus.close();
});

afterAll(async () => {
  await nats[Symbol.asyncDispose]();
  expect(() => process.kill(nats.pid, 0)).toThrow();
  await until('all connections to be closed', () => sockets() <= socketsBefore);
});

busContract('bus over NATS', {
  async open(name) {
    const bus = await connectBus({ url: nats.url, name });
    opened.push(bus);
    return bus;
  },
  async closeAll() {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  },
  restart: (how) => nats.restart(signalOf[how]),
  down: (how) => nats.down(signalOf[how]),
  up: (options) => nats.up(options),
  async inject(subject, body) {
    const stranger = await connect({ servers: nats.url });
    await stranger.request(subject, body, { timeout: 5_000 });
    await stranger.close();
  },
});
