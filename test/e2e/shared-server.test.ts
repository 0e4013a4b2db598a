import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type NatsServer, startNatsServer } from '../../shared/bus/nats/server.ts';
import { openHome, type SowerHome, type SowerProcess, smallSweep } from '../support/sower.ts';

/** A lab: one NATS server, a coordinator, two agents with names of their own, and a person who submits. */
describe('several terminals on one NATS server', () => {
  let home: SowerHome;
  let server: NatsServer;
  const services: SowerProcess[] = [];
  beforeAll(async () => {
    home = openHome();
    server = await startNatsServer({ storeDir: await mkdtemp(join(home.folder, 'nats-')) });
  });
  afterAll(async () => {
    for (const service of services) service.signal('SIGTERM');
    const ended = await Promise.all(services.map((service) => service.finished));
    expect(ended.map(({ code }) => code)).toEqual(services.map(() => 143));
    await server.stop();
    await home.close();
  });

  it('says what is missing while there is no coordinator', async () => {
    const file = home.write('small.yaml', smallSweep());
    const { code, stderr } = await home.run('run', file, '--nats', server.url);
    expect(code).toBe(5);
    expect(stderr).toBe(
      `waiting for a coordinator at ${server.url} ...\nE_NO_COORDINATOR ${server.url}: no coordinator answers; start one: npx sower coordinator --nats ${server.url}\n`,
    );
  });

  it('trains a submitted sweep on both agents', async () => {
    const nats = ['--nats', server.url] as const;
    const coordinator = home.start('coordinator', ...nats, '--listen', '127.0.0.1:0');
    services.push(coordinator);
    await coordinator.says(/coordinator at nats:.*http:\/\/127\.0\.0\.1:\d+\/metrics/);
    for (const name of ['left', 'right']) {
      const agent = home.start('agent', 'start', '--name', name, '--slots', '1', ...nats);
      services.push(agent);
      await agent.says(`agent ${name} works for pool default`);
    }
    const file = home.write('lab.yaml', smallSweep({ name: 'lab', seeds: [1, 66, 88], rows: 3000 }));
    const { code, stdout } = await home.run('run', file, ...nats);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\ntrials: done 12\n/);
    const listed = await home.run('trials', '--json', ...nats);
    const agents = new Set(
      listed.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).agent),
    );
    expect([...agents].sort()).toEqual(['left', 'right']);
    expect((await home.run('audit', ...nats)).code).toBe(0);
    const status = await home.run('status', '--json', ...nats);
    expect(JSON.parse(status.stdout).agents).toHaveLength(2);
  });

  it('fetches the best model to a machine that has none, and checks it', async () => {
    const elsewhere = openHome();
    onTestFinished(() => elsewhere.close());
    const { code, stdout } = await elsewhere.run('best', 'lab', '--json', '--nats', server.url);
    expect(code).toBe(0);
    const { model } = JSON.parse(stdout);
    // The agents' home is readable from here; what is on disk already is not fetched.
    expect(model.path.startsWith(home.home)).toBe(true);
    await rename(model.path, `${model.path}.away`);
    const fetched = JSON.parse((await elsewhere.run('best', 'lab', '--json', '--nats', server.url)).stdout).model;
    expect(fetched.path).toBe(join(elsewhere.home, 'models', JSON.parse(stdout).sweep, model.trial, 'model.onnx'));
    const bytes = await readFile(fetched.path);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(model.sha256);
  });

  it('submits without waiting', async () => {
    const file = home.write('later.yaml', smallSweep({ name: 'later', momentum: [0] }));
    const { code, stdout } = await home.run('run', file, '--detach', '--nats', server.url);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sweep later-\w+ submitted: 2 configurations x 2 seeds = 4 trials\n$/);
  });
});
