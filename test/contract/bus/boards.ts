import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { ControlRequest } from '../../../shared/protocol/index.ts';
import { presenceOf, reportOf, sweepEntryOf } from '../../support/messages.ts';
import { until } from '../../support/until.ts';
import { all, type BusHarness, freshNames } from './harness.ts';

const fresh = freshNames();
async function* flow(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function reportFeedContract(harness: BusHarness): void {
  describe('reports', () => {
    test('reach live watchers of the sweep and are stored', async () => {
      const agent = await harness.open('agent');
      const viewer = await harness.open('viewer');
      const sweep = fresh('reports');
      const epochs: number[] = [];
      const watch = viewer.reports.watch(sweep, (report) => epochs.push(report.epoch));
      const everything: string[] = [];
      const watchAll = viewer.reports.watch(null, (report) => everything.push(report.sweep));
      await viewer.roundTripMs();
      agent.reports.publish(reportOf(fresh('reports'), 1));
      for (const epoch of [1, 2, 3]) agent.reports.publish(reportOf(sweep, epoch));
      await until('three reports', () => epochs.length === 3 && everything.length === 4);
      expect(epochs).toEqual([1, 2, 3]);
      watch.stop();
      watchAll.stop();
      const read = await all(viewer.reports.read({ sweep }));
      expect(read.map((stored) => 'value' in stored && stored.value.epoch)).toEqual([1, 2, 3]);
    });

    test('are dropped without a word while the server is away', async () => {
      const bus = await harness.open('agent');
      const lost = new Promise<void>((resolve) => {
        bus.onStatus((status) => status.type === 'disconnected' && resolve());
      });
      await harness.down('kill');
      await lost;
      for (let epoch = 1; epoch < 20_000; epoch++) bus.reports.publish(reportOf(fresh('gone'), epoch));
      await harness.up();
    });
  });
}

export function sweepShelfContract(harness: BusHarness): void {
  describe('sweeps', () => {
    test('are shelved once and found by id and in the list', async () => {
      const bus = await harness.open('shelf');
      const sweep = fresh('shelved-');
      expect(await bus.sweeps.get(sweep)).toBeNull();
      expect(await bus.sweeps.put(sweepEntryOf(sweep))).toBe('stored');
      expect(await bus.sweeps.put({ ...sweepEntryOf(sweep), submittedAt: 9 })).toBe('exists');
      expect(await bus.sweeps.get(sweep)).toEqual(sweepEntryOf(sweep));
      expect((await bus.sweeps.list()).filter((entry) => entry.sweep === sweep)).toEqual([sweepEntryOf(sweep)]);
    });
  });
}

export function objectShelfContract(harness: BusHarness): void {
  describe('objects', () => {
    test('come back as they were put, under their SHA-256', async () => {
      const bus = await harness.open('objects');
      const bytes = new Uint8Array(randomBytes(1_500_000));
      await bus.models.put(sha256(bytes), bytes);
      await bus.models.put(sha256(bytes), bytes);
      const other = await harness.open('reader');
      expect(sha256((await other.models.get(sha256(bytes))) as Uint8Array)).toBe(sha256(bytes));
      expect(await other.data.get(sha256(bytes))).toBeNull();
    });

    test('under another name are refused', async () => {
      const bus = await harness.open('objects');
      const put = bus.data.put('0'.repeat(64), new Uint8Array([1]));
      await expect(put).rejects.toMatchObject({ code: 'E_OBJECT_DIGEST' });
    });

    test('are stored piece by piece, once, with what people call them', async () => {
      const bus = await harness.open('objects');
      const pieces = Array.from({ length: 7 }, () => new Uint8Array(randomBytes(200_000)));
      const name = sha256(Buffer.concat(pieces));
      const object = { name, title: 'rows.csv', kind: 'file' };
      expect(await bus.data.find(name)).toBeNull();
      const other = await harness.open('other');
      const answers = await Promise.all([bus, other].map(({ data }) => data.putPieces(object, () => flow(pieces))));
      expect(answers.sort()).toEqual(['exists', 'stored']);
      expect(await bus.data.putPieces(object, () => flow(pieces))).toBe('exists');
      const found = await other.data.find(name);
      expect(found).toMatchObject({ ...object, bytes: 1_400_000 });
      expect(await other.data.list()).toContainEqual(found);
      expect(sha256(Buffer.concat(await all(other.data.pieces(name))))).toBe(name);
    });

    test('are not stored where their pieces are others, and can be stored again once removed', async () => {
      const bus = await harness.open('objects');
      const bytes = new Uint8Array(randomBytes(300_000));
      const object = { name: sha256(bytes), title: 'rows.npy', kind: 'file' };
      const flipped = bytes.map((byte, i) => (i === 77 ? byte ^ 1 : byte));
      const put = bus.data.putPieces(object, () => flow([flipped]));
      await expect(put).rejects.toMatchObject({ code: 'E_OBJECT_DIGEST' });
      expect(await bus.data.find(object.name)).toBeNull();
      for (let times = 0; times < 2; times++) {
        expect(await bus.data.putPieces(object, () => flow([bytes]))).toBe('stored');
        expect(Buffer.concat(await all(bus.data.pieces(object.name))).equals(bytes)).toBe(true);
        await bus.data.remove(object.name);
        expect(await bus.data.find(object.name)).toBeNull();
        expect((await bus.data.list()).map(({ name }) => name)).not.toContain(object.name);
      }
      await expect(all(bus.data.pieces(object.name))).rejects.toMatchObject({ code: 'E_OBJECT_DAMAGED' });
    });

    test('go on being read where a killed server left off', async () => {
      const bus = await harness.open('objects');
      const bytes = new Uint8Array(randomBytes(2_000_000));
      const name = sha256(bytes);
      await bus.data.putPieces({ name, title: 'rows.npy', kind: 'file' }, () => flow([bytes]));
      const read: Uint8Array[] = [];
      for await (const piece of bus.data.pieces(name)) {
        read.push(piece);
        if (read.length === 3) await harness.restart('kill');
      }
      expect(sha256(Buffer.concat(read))).toBe(name);
    });
  });
}

const cancelOf = (sweep: string): ControlRequest => ({ v: 1, verb: 'cancel', sweep, reason: 'test' });

export function controlLineContract(harness: BusHarness): void {
  describe('control', () => {
    test('says when no coordinator answers', async () => {
      const bus = await harness.open('person');
      const asking = bus.control.request(cancelOf('any'), 500);
      await expect(asking).rejects.toMatchObject({ code: 'E_NO_COORDINATOR', exit: 5 });
    });

    test('reaches a coordinator that starts later, and brings its answers and refusals back', async () => {
      const person = await harness.open('person');
      const coordinator = await harness.open('coordinator');
      const early = person.control.request(cancelOf('early'), 20_000);
      const serving = coordinator.control.serve(async (request) => {
        if (request.verb !== 'cancel') throw new Error('not asked in this test');
        if (request.sweep === 'unknown') throw new SowerError('E_SWEEP_UNKNOWN', 'no such sweep', { fix: 'sower ls' });
        if (request.sweep === 'bug') throw new TypeError('x is undefined');
        return { status: 'ok', sweep: request.sweep, planned: 3, known: true };
      });
      expect(await early).toEqual({ status: 'ok', sweep: 'early', planned: 3, known: true });
      expect(await person.control.request(cancelOf('unknown'))).toEqual({
        status: 'refused',
        code: 'E_SWEEP_UNKNOWN',
        message: 'no such sweep',
        fix: 'sower ls',
      });
      expect(await person.control.request(cancelOf('bug'))).toMatchObject({ code: 'E_COORDINATOR' });
      serving.stop();
      await coordinator.roundTripMs();
      await expect(person.control.request(cancelOf('late'), 300)).rejects.toMatchObject({ code: 'E_NO_COORDINATOR' });
    });

    test('orders every agent to stop a sweep', async () => {
      const coordinator = await harness.open('coordinator');
      const agents = await Promise.all([harness.open('one'), harness.open('two')]);
      const stopped: string[] = [];
      const listeners = agents.map((agent, i) => agent.control.onStop((sweep) => stopped.push(`${i} ${sweep}`)));
      await Promise.all(agents.map((agent) => agent.roundTripMs()));
      coordinator.control.orderStop('lr');
      await until('both orders', () => stopped.length === 2);
      expect(stopped.sort()).toEqual(['0 lr', '1 lr']);
      for (const listener of listeners) listener.stop();
    });
  });
}

export function presenceBoardContract(harness: BusHarness): void {
  describe('presence', () => {
    test('lists who is there, with ages by the server, until they leave', async () => {
      const bus = await harness.open('presence');
      const [one, two] = [fresh('agent'), fresh('agent')] as [string, string];
      await bus.presence.put(presenceOf(one));
      await bus.presence.put({ ...presenceOf(two), draining: false });
      await bus.presence.put({ ...presenceOf(two), draining: true });
      const ours = async () =>
        (await bus.presence.list()).filter(({ entry }) => entry.agent === one || entry.agent === two);
      const present = await ours();
      expect(present.map(({ entry }) => entry)).toEqual([presenceOf(one), { ...presenceOf(two), draining: true }]);
      for (const { ageMs } of present) expect(ageMs).toBeGreaterThanOrEqual(0);
      const ageOfOne = present[0]?.ageMs as number;
      await until('a greater age', async () => ((await ours())[0]?.ageMs ?? 0) > ageOfOne);
      await bus.presence.remove(one);
      expect((await ours()).map(({ entry }) => entry.agent)).toEqual([two]);
    });

    test('cannot be confirmed while the server is away', async () => {
      const bus = await harness.open('presence');
      await harness.down('stop');
      await expect(bus.presence.put(presenceOf(fresh('agent')))).rejects.toMatchObject({ code: 'E_NATS_UNREACHABLE' });
      await harness.up();
      await bus.presence.put(presenceOf(fresh('agent')));
    });
  });
}
