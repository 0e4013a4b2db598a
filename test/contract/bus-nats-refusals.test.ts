import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from '../../shared/bus/nats/index.ts';
import { startNatsServer } from '../../shared/bus/nats/server.ts';
import { presenceOf, startedEvent } from '../support/messages.ts';
import { startTestNats, type TestNats } from '../support/nats.ts';
import { all } from './bus/harness.ts';

/** What only this implementation can meet: other people's servers, streams and objects. */
describe('bus over NATS, refusals', () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await startTestNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  test('a URL nobody answers at is named, with exit code 5', async () => {
    const connecting = connectBus({ url: 'nats://127.0.0.1:9', name: 'nobody', timeoutMs: 300 });
    await expect(connecting).rejects.toMatchObject({
      code: 'E_NATS_UNREACHABLE',
      message: 'no NATS server answers',
      where: 'nats://127.0.0.1:9',
      exit: 5,
    });
  });

  test.each(['localhost:4222', 'http://localhost', 'nats://', ''])('"%s" is no URL of a server', async (url) => {
    await expect(connectBus({ url, name: 'typo' })).rejects.toMatchObject({ code: 'E_NATS_URL', exit: 2 });
  });

  test('a server without streams is told apart from one that does not answer', async () => {
    const bus = await connectBus({ url: nats.url, name: 'early' });
    await expect(bus.events.head()).rejects.toMatchObject({ code: 'E_NATS_NOT_PROVISIONED' });
    await expect(all(bus.events.read({ follow: true }))).rejects.toMatchObject({ code: 'E_NATS_NOT_PROVISIONED' });
    await bus.close();
  });

  test('a stream of the same name that breaks a promise is refused, not changed', async () => {
    const stranger = await connect({ servers: nats.url });
    const manager = await jetstreamManager(stranger);
    await manager.streams.add({ name: 'DONE', subjects: ['done.>'], retention: RetentionPolicy.Limits });
    const bus = await connectBus({ url: nats.url, name: 'provisioner' });
    await expect(bus.provision()).rejects.toMatchObject({
      code: 'E_NATS_STREAM_CONFLICT',
      message: 'stream DONE exists with discard = old, Sower needs new',
      exit: 9,
    });
    await manager.streams.delete('DONE');
    await bus.provision();
    await bus.close();
    await stranger.close();
  });

  test('an object that was stored under the hash of another is not handed out', async () => {
    const bus = await connectBus({ url: nats.url, name: 'reader' });
    await bus.provision();
    const stranger = await connect({ servers: nats.url });
    const name = createHash('sha256').update('what it should be').digest('hex');
    const store = await new Objm(stranger).open('models');
    await store.putBlob({ name }, new TextEncoder().encode('what it is'));
    await expect(bus.models.get(name)).rejects.toMatchObject({ code: 'E_OBJECT_DIGEST' });
    await stranger.close();
    await bus.close();
  });

  test('what a hanging server never answered is stored once when it goes on', async () => {
    const bus = await connectBus({ url: nats.url, name: 'patient' });
    await bus.provision();
    nats.signal('SIGSTOP');
    const append = bus.events.append(startedEvent('hanging', 1), 'hanging-1');
    // Two refusals take longer than the publish waits for its answer, so it has been sent twice by then.
    for (const agent of ['one', 'two']) {
      await expect(bus.presence.put(presenceOf(agent))).rejects.toMatchObject({ code: 'E_NATS_UNREACHABLE' });
    }
    nats.signal('SIGCONT');
    await append;
    expect(await all(bus.events.read({ sweep: 'hanging' }))).toHaveLength(1);
    await bus.close();
  });
});

const MIB = 2 ** 20;

describe('bus over NATS, on a small disk', () => {
  // Asked for in full, the streams would reserve 15 GiB.
  test.each([256, 5 * 1024, 10 * 1024])('%i MiB hold all streams and buckets', async (storeMiB) => {
    const storeDir = await mkdtemp(join(tmpdir(), 'sower-small-'));
    const server = await startNatsServer({ storeDir, maxStoreBytes: storeMiB * MIB });
    const buses = await Promise.all(['one', 'two'].map((name) => connectBus({ url: server.url, name })));
    await Promise.all(buses.map((bus) => bus.provision()));
    const stranger = await connect({ servers: server.url });
    const reserved: number[] = [];
    for await (const { config } of (await jetstreamManager(stranger)).streams.list()) reserved.push(config.max_bytes);
    expect(reserved).toHaveLength(11);
    // Half of the disk at least is put to use, and no stream is left with next to nothing of it.
    expect(reserved.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan((storeMiB * MIB) / 2);
    expect(Math.min(...reserved.filter((bytes) => bytes > MIB))).toBeGreaterThanOrEqual(16 * MIB);
    await buses[0]?.events.append(startedEvent('small', 1), 'small-1');
    await stranger.close();
    await Promise.all(buses.map((bus) => bus.close()));
    await server.stop();
    await rm(storeDir, { recursive: true });
  });
});
