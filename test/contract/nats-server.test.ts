import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findNatsServer, type NatsServer, servedStore, startNatsServer } from '../../shared/bus/nats/server.ts';
import { checkDigest } from '../../shared/bus/nats/server-release.ts';

describe('a nats-server of our own', () => {
  let folder: string;
  const started: NatsServer[] = [];
  const start = async (port?: number, store = 'store') => {
    const server = await startNatsServer({ storeDir: join(folder, store), ...(port === undefined ? {} : { port }) });
    started.push(server);
    return server;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sower-server-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(started.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  test('can be used as soon as it is started, on loopback only and for its owner only', async () => {
    const server = await start();
    const client = await connect({ servers: server.url, reconnect: false });
    expect(client.info).toMatchObject({ host: '127.0.0.1', jetstream: true, max_payload: 1024 * 1024 });
    await client.close();
    expect((await stat(server.storeDir)).mode & 0o077).toBe(0);
    expect((await stat(join(server.storeDir, 'nats-server.conf'))).mode & 0o077).toBe(0);
  });

  test('tells when it ended, and starts again on the same port and store', async () => {
    const server = await start();
    expect(await servedStore(server.storeDir)).toEqual({ url: server.url, pid: server.pid });
    server.kill('SIGKILL');
    expect(await server.closed).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await servedStore(server.storeDir)).toBeNull();
    const again = await start(server.port);
    expect(again.url).toBe(server.url);
    await again.stop();
    await again.closed;
    expect(() => process.kill(again.pid, 0)).toThrow();
  });

  test('refuses a store that another one serves', async () => {
    const server = await start();
    await expect(start()).rejects.toMatchObject({ code: 'E_NATS_STORE_IN_USE', exit: 9 });
    expect(await servedStore(server.storeDir)).toEqual({ url: server.url, pid: server.pid });
  });

  test('refuses a port that is taken, by a server or by anything else', async () => {
    const server = await start();
    await expect(start(server.port, 'other')).rejects.toMatchObject({ code: 'E_NATS_PORT', exit: 9 });
    const mute = createServer();
    const port = await new Promise<number>((resolve) => {
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as { port: number }).port));
    });
    await expect(start(port, 'third')).rejects.toMatchObject({ code: 'E_NATS_PORT' });
    await new Promise((closed) => mute.close(closed));
  });

  test('two at once choose different ports', async () => {
    const [one, two] = await Promise.all([start(undefined, 'one'), start(undefined, 'two')]);
    expect(one.port).not.toBe(two.port);
  });

  test('keeps its log beside its store', async () => {
    const server = await start();
    expect(await readFile(join(server.storeDir, 'nats-server.log'), 'utf8')).toMatch(/Server is ready/);
  });
});

describe('finding a nats-server', () => {
  afterEach(() => vi.unstubAllEnvs());
  const log = () => undefined;

  test('takes the one that SOWER_NATS_SERVER names, or says why it cannot', async () => {
    const found = await findNatsServer({ install: false, log });
    vi.stubEnv('SOWER_NATS_SERVER', found);
    expect(await findNatsServer({ install: false, log })).toBe(found);
    vi.stubEnv('SOWER_NATS_SERVER', '/nowhere/nats-server');
    await expect(findNatsServer({ install: false, log })).rejects.toMatchObject({ code: 'E_NATS_SERVER_BROKEN' });
  });

  test('refuses a download that is not the pinned one', () => {
    const bytes = new TextEncoder().encode('abc');
    const right = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(() => checkDigest('https://example.org/a.tar.gz', bytes, right)).not.toThrow();
    expect(() => checkDigest('https://example.org/a.tar.gz', bytes, right.replace('b', 'c'))).toThrow(
      'SHA-256 is ba7816bf8f01…, expected ca7816bf8f01…',
    );
  });
});
