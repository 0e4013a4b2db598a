import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NatsServer, startNatsServer } from '../../shared/bus/nats/server.ts';
import { openHome, type SowerHome, type SowerProcess } from '../support/sower.ts';

/** Two clouds of points; `noise` moves all of them. */
function table(noise = 0): string {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const side = i % 2 === 0 ? 1 : -1;
    const a = side + Math.sin(i) / 3 + noise;
    return `${a.toFixed(3)},${(side * 2 + Math.cos(i)).toFixed(3)},${side > 0 ? 'right' : 'left'}`;
  });
  return `a,b,side\n${rows.join('\n')}\n`;
}

const sweep = (name: string, data: string, lr = '0.05, 0.1') => `name: ${name}
method: grid
metric: {name: val_loss, goal: minimize}
parameters: {lr: {values: [${lr}]}}
train:
  data: {${data}, target: side, split: {validation: 0.25}}
  model: [{dense: {units: 2}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}"}}
  batch_size: 8
  epochs: 2
`;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const cached = ({ home }: SowerHome, hash: string) => join(home, 'cache', 'data', hash);

describe("data of one's own on several machines", () => {
  let person: SowerHome;
  const others: SowerHome[] = [];
  let server: NatsServer;
  let nats: readonly string[];
  const services: SowerProcess[] = [];
  beforeAll(async () => {
    person = openHome();
    server = await startNatsServer({ storeDir: await mkdtemp(join(person.folder, 'nats-')) });
    nats = ['--nats', server.url];
    const coordinator = person.start('coordinator', ...nats, '--listen', '127.0.0.1:0');
    services.push(coordinator);
    await coordinator.says('coordinator at nats:');
  });
  afterAll(async () => {
    for (const service of services) service.signal('SIGTERM');
    await Promise.all(services.map((service) => service.finished));
    await server.stop();
    await Promise.all([person, ...others].map((home) => home.close()));
  });

  /** An agent with a home of its own, as on another machine: it sees nothing of the person's files. */
  async function startAgent(name: string): Promise<{ readonly home: SowerHome; readonly process: SowerProcess }> {
    const home = openHome();
    others.push(home);
    const process = home.start('agent', 'start', '--name', name, '--slots', '1', ...nats);
    services.push(process);
    await process.says(`agent ${name} works for pool default`);
    return { home, process };
  }

  const stop = async (process: SowerProcess) => {
    process.signal('SIGTERM');
    await process.finished;
    services.splice(services.indexOf(process), 1);
  };

  it('is stored once and listed', async () => {
    const file = person.write('rows.csv', table());
    const pushed = await person.run('data', 'push', file, ...nats);
    expect([pushed.code, pushed.stdout.split('\n').slice(0, 2)]).toEqual([
      0,
      [expect.stringMatching(/^stored rows\.csv \(file, \d\.\d+ kB\)$/), `SHA-256 ${sha256(table())}`],
    ]);
    expect(pushed.stdout).toContain(`  data: {file: "rows.csv", sha256: ${sha256(table())}}`);
    const again = await person.run('data', 'push', file, '--json', ...nats);
    expect(JSON.parse(again.stdout)).toMatchObject({ sha256: sha256(table()), outcome: 'exists' });
    const listed = await person.run('data', 'ls', '--json', ...nats);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      name: 'rows.csv',
      kind: 'file',
      bytes: table().length,
    });
    await rm(file);
  });

  it('reaches an agent with an empty cache and no file, and a second one', async () => {
    const hash = sha256(table());
    const written = person.write('stored.yaml', sweep('stored', `file: rows.csv, sha256: ${hash}`));
    for (const name of ['far', 'farther']) {
      const { home, process } = await startAgent(name);
      const { code, stdout, stderr } = await person.run('run', written, ...nats);
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('E_')]);
      expect(stdout).toMatch(/\ntrials: done 2\n/);
      expect(await readFile(cached(home, hash), 'utf8')).toBe(table());
      await stop(process);
      await writeFile(written, sweep(`stored-${name}`, `file: rows.csv, sha256: ${hash}`));
    }
  });

  it('is stored when a sweep that names it is submitted', async () => {
    const { home, process } = await startAgent('other');
    person.write('own.csv', table(0.5));
    const written = person.write('own.yaml', sweep('own', 'file: own.csv'));
    const { code, stderr } = await person.run('run', written, ...nats);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^storing own\.csv \(\d\.\d+ kB\) on the server$/m)]);
    expect(existsSync(cached(home, sha256(table(0.5))))).toBe(true);
    await stop(process);
  });

  it('is fetched again where a byte of the cache flipped', async () => {
    const hash = sha256(table());
    const { home, process } = await startAgent('flipped');
    const file = person.write('a.yaml', sweep('intact', `file: rows.csv, sha256: ${hash}`));
    expect((await person.run('run', file, ...nats)).code).toBe(0);
    const damaged = Buffer.from(table());
    damaged[40] = damaged[40]! ^ 1;
    await writeFile(cached(home, hash), damaged);
    const next = person.write('b.yaml', sweep('healed', `file: rows.csv, sha256: ${hash}`));
    expect((await person.run('run', next, ...nats)).code).toBe(0);
    expect(process.stderr()).toContain(
      `SHA-256 is ${sha256(damaged.toString()).slice(0, 12)}..., expected ${hash.slice(0, 12)}...: looking elsewhere`,
    );
    expect(await readFile(cached(home, hash), 'utf8')).toBe(table());
    await stop(process);
  });

  it('is refused with both hashes where a byte of the object store flipped, until it is stored again', async () => {
    const text = table(0.25);
    const hash = sha256(text);
    const flipped = Buffer.from(text);
    flipped[40] = flipped[40]! ^ 1;
    const nc = await connect({ servers: server.url });
    const store = await new Objm(jetstream(nc)).open('data');
    await store.putBlob({ name: hash, description: 'rows.csv', metadata: { kind: 'file' } }, flipped);
    await nc.close();
    const { home, process } = await startAgent('careful');
    const file = person.write('damaged.yaml', sweep('damaged', `file: gone.csv, sha256: ${hash}`, '0.05, 0.1'));
    const { code, stdout, stderr } = await person.run('run', file, ...nats);
    expect([code, stderr]).toEqual([6, expect.any(String)]);
    const words = `E_DATA_HASH object store, data/${hash.slice(0, 12)}: SHA-256 is ${sha256(flipped.toString()).slice(0, 12)}..., expected ${hash.slice(0, 12)}...`;
    const shown = await person.run('show', 't000000', '--sweep', 'damaged', ...nats);
    expect(`${stdout}${stderr}${shown.stdout}`.replace(/\s+/g, ' ')).toContain(words.slice('E_DATA_HASH '.length));
    expect(existsSync(cached(home, hash))).toBe(false);
    const repaired = await person.run('data', 'push', person.write('again.csv', text), '--json', ...nats);
    expect(JSON.parse(repaired.stdout)).toMatchObject({ sha256: hash, outcome: 'repaired' });
    const retry = person.write('mended.yaml', sweep('mended', `file: gone.csv, sha256: ${hash}`));
    expect((await person.run('run', retry, ...nats)).code).toBe(0);
    await stop(process);
  });
});

describe("data of one's own on one machine", () => {
  let home: SowerHome;
  beforeAll(() => {
    home = openHome();
  });
  afterAll(() => home.close());

  it('is read where it lies; other contents are another sweep', async () => {
    home.write('rows.csv', table());
    const file = home.write('own.yaml', sweep('own', 'file: rows.csv'));
    const ids: string[] = [];
    for (const text of [table(), table(), table(1)]) {
      home.write('rows.csv', text);
      const { code, stdout, stderr } = await home.run('run', file, '--slots', '1', '--json');
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('E_')]);
      ids.push(JSON.parse(stdout.split('\n')[0] ?? '').sweep ?? '');
    }
    expect(existsSync(cached(home, sha256(table())))).toBe(false);
    expect(new Set(ids.filter((id) => id !== '')).size).toBe(2);
  });

  it('is missed in one sentence', async () => {
    await rename(join(home.folder, 'rows.csv'), join(home.folder, 'away.csv'));
    const { code, stderr } = await home.run('run', join(home.folder, 'own.yaml'));
    await mkdir(join(home.folder, 'sets'));
    await writeFile(join(home.folder, 'sets', 'rows.csv'), table());
    const validate = (...args: string[]) => home.run('validate', join(home.folder, 'own.yaml'), '--json', ...args);
    expect(JSON.parse((await validate()).stdout)).toMatchObject({ ok: false, errors: [{ code: 'E_DATA_MISSING' }] });
    expect(JSON.parse((await validate('--data-dir', join(home.folder, 'sets'))).stdout)).toMatchObject({ ok: true });
    expect([code, stderr]).toEqual([
      4,
      `E_DATA_MISSING ${join(home.folder, 'rows.csv')}: there is no such file or folder; put it there, name its folder with --data-dir or SOWER_DATA, or write the sha256 of what is stored\n`,
    ]);
  });

  it('may be a folder, in the object store of this machine', async () => {
    for (const kind of ['cat', 'dog']) {
      await mkdir(join(home.folder, 'animals', kind), { recursive: true });
      await writeFile(join(home.folder, 'animals', kind, '1.txt'), kind);
    }
    const { code, stdout } = await home.run('data', 'push', join(home.folder, 'animals'));
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^stored animals \(folder, 3\.07 kB\)\nSHA-256 \w{64}\n/),
    ]);
    const listed = await home.run('data', 'ls');
    expect(listed.stdout).toMatch(/^SHA-256 +name +kind +size +stored\n\w{12} +animals +folder +3\.07 kB +20\d\d-/);
  });
});
