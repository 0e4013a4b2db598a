import { createHash } from 'node:crypto';
import { jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from '../../shared/bus/nats/index.ts';
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
