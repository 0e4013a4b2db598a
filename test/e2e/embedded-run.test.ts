import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openHome, type SowerHome, smallSweep } from '../support/sower.ts';
import { until } from '../support/until.ts';

/** 4 configurations x 2 seeds on one machine, from the command to the ranking and every way to look at it after. */
describe('sower run on one machine', () => {
  let home: SowerHome;
  let file: string;
  beforeAll(() => {
    home = openHome();
    file = home.write('small.yaml', smallSweep());
  });
  afterAll(() => home.close());

  it('runs a sweep through a pipe to its ranking', async () => {
    const { code, stdout, stderr } = await home.run('run', file);
    expect(stderr).toBe(`starting nats-server in ${home.home} ...\nstarting a coordinator and an agent ...\n`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sweep small-[0-9a-f]{8} submitted: 4 configurations x 2 seeds = 8 trials\n/);
    expect(stdout).toMatch(
      /\ncoordinator http:\/\/127\.0\.0\.1:\d+\/metrics {2}agent http:\/\/127\.0\.0\.1:\d+\/metrics\n/,
    );
    const lines = stdout.split('\n').filter((line) => /^\d\d:\d\d:\d\d ✓ t\d{6} val_loss=/.test(line));
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/ best lr=[\d.]+ momentum=[\d.]+ seed=\d+ [\d.]+s local:\d/);
    expect(stdout).toMatch(/\nsweep small-[0-9a-f]{8} finished: 8 trials in /);
    expect(stdout).toMatch(/\ntrials: done 8\n/);
    expect(stdout).toMatch(/\n +1 +c000\d +[\d.]+ +[\d.]+ +[\d.]+ ± [\d.]+ +2\/2 .* best\n/);
    expect(stdout).toMatch(
      /\nbest model: \/.*\/model\.onnx\n {2}trial t\d{6}, test_accuracy 0\.\d+, sha256 [0-9a-f]{12}\n/,
    );
    expect(home.processes()).toEqual([]);
    expect(existsSync(join(home.home, 'embedded.json'))).toBe(false);
  });

  it('says at once that a finished sweep is finished', async () => {
    const { code, stdout } = await home.run('run', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/sweep small-[0-9a-f]{8} is finished already: 8 trials in .*, nothing to run/);
    expect(stdout).not.toContain('coordinator');
    expect(stdout).toMatch(/\n +1 +c000\d/);
  });

  it('answers `best` with the verified model', async () => {
    const { code, stdout } = await home.run('best', '--json');
    expect(code).toBe(0);
    const best = JSON.parse(stdout);
    expect(best).toEqual({
      sweep: expect.stringMatching(/^small-[0-9a-f]{8}$/),
      configuration: expect.stringMatching(/^c\d{4}$/),
      params: { lr: expect.any(Number), momentum: expect.any(Number) },
      objective: {
        name: 'val_loss',
        goal: 'minimize',
        mean: expect.any(Number),
        sd: expect.any(Number),
        n: 2,
        ci95: [expect.any(Number), expect.any(Number)],
      },
      trials: [expect.stringMatching(/^t\d{6}$/), expect.stringMatching(/^t\d{6}$/)],
      model: { path: expect.any(String), sha256: expect.any(String), trial: expect.any(String) },
    });
    const bytes = readFileSync(best.model.path);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(best.model.sha256);
  });

  it('lists every trial as an object a line', async () => {
    const { code, stdout } = await home.run('trials', '--json');
    expect(code).toBe(0);
    const trials = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(trials.map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `t00000${i}`));
    expect(Object.keys(trials[0])).toEqual([
      ...['trial', 'configuration', 'seed', 'params', 'state', 'outcome', 'attempts', 'agent', 'metrics', 'epochs'],
      ...['seconds', 'samples_per_second', 'model'],
    ]);
    expect(trials[3]).toMatchObject({
      configuration: 'c0001',
      seed: 66,
      params: { lr: 0.05, momentum: 0.9 },
      state: 'done',
    });
    expect(trials[3].metrics).toMatchObject({ val_loss: expect.any(Number), test_accuracy: expect.any(Number) });
  });

  it('proves that each trial was counted once', async () => {
    const { code, stdout } = await home.run('audit', 'small', '--json');
    expect(JSON.parse(stdout)).toEqual({
      sweep: expect.any(String),
      planned: 8,
      done: 8,
      diverged: 0,
      failed: 0,
      pruned: 0,
      cancelled: 0,
      pending: 0,
      duplicates: 0,
      ok: true,
    });
    expect(code).toBe(0);
  });

  it('shows one trial with its attempts and epochs, and knows which there are', async () => {
    const { code, stdout } = await home.run('show', 't000002', '--json');
    expect(code).toBe(0);
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({ trial: 't000002', attempt_log: [{ agent: 'local', ending: 'result' }] });
    expect(shown.history).toHaveLength(2);
    expect(shown.provenance).toMatchObject({ threads: 1 });
    const missing = await home.run('show', 't000099');
    expect(missing).toMatchObject({ code: 4, stdout: '' });
    expect(missing.stderr).toMatch(
      /^E_NO_TRIAL sweep small-\w+ has no trial "t000099"; list them: npx sower trials\n$/,
    );
  });

  it('reports status, as a page and as data', async () => {
    const page = await home.run('status');
    expect(page.stdout).toMatch(/^sweep {3}small-\w+ {2}finished/);
    const { stdout } = await home.run('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'finished', planned: 8, ended: 8, counts: { done: 8 } });
    const unknown = await home.run('status', 'large');
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toMatch(/^E_NO_SWEEP no sweep is called "large"; there is small-\w+\n$/);
  });

  it('serves two readers at once', async () => {
    const [a, b] = await Promise.all([home.run('trials', '--csv'), home.run('ls')]);
    expect([a?.code, b?.code]).toEqual([0, 0]);
    expect(a?.stdout.split('\n')[0]).toContain('trial,configuration,seed,state');
    expect(b?.stdout).toMatch(/^small-\w+ +finished +8\/8 +100 %/m);
  });

  it('runs in JSON, one object a line', async () => {
    const json = home.write('other.yaml', smallSweep({ name: 'other', momentum: [0] }));
    const { code, stdout } = await home.run('run', json, '--json');
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual(['submitted', 'trial', 'trial', 'trial', 'trial', 'finished']);
    expect(lines.at(-1)).toMatchObject({ v: 1, planned: 4, best: { objective: { name: 'val_loss' } } });
  });
});

describe('a sweep whose trials fail', () => {
  let home: SowerHome;
  let file: string;
  beforeAll(() => {
    home = openHome();
    const noRows = smallSweep({ name: 'modest', momentum: [0], seeds: [1] }).replace('train: 1000', 'train: 1e-5');
    file = home.write('modest.yaml', noRows);
  });
  afterAll(() => home.close());

  it('ends with exit code 6 and says where to look', async () => {
    const { code, stdout } = await home.run('run', file);
    expect(code).toBe(6);
    expect(stdout).toMatch(/ ✗ t000000 failed lr=0\.05 seed=1 local:\d \(.*leaves 0 of 10000 rows.*\)\n/);
    expect(stdout).toMatch(
      /\n2 trials failed, 0 may \(--fail-allowance\)\n\nnext:\n {2}npx sower trials --state failed /,
    );
    expect(stdout).toMatch(/\nto try again once the cause is gone: give the sweep another name, and run it\n$/);
  });

  it('is content where that many may fail', async () => {
    expect((await home.run('run', file, '--fail-allowance', '2')).code).toBe(0);
  });

  it('has no best configuration, and an audit that is right all the same', async () => {
    const best = await home.run('best');
    expect(best.code).toBe(4);
    expect(best.stderr).toMatch(
      /^E_NO_RANKING no configuration of modest-\w+ has results from all its seeds; see npx sower status\n$/,
    );
    const page = await home.run('status');
    expect(page.stdout).toContain('best    - (no configuration has results from all its seeds)');
    const audit = await home.run('audit', '--json');
    expect(JSON.parse(audit.stdout)).toMatchObject({ planned: 2, done: 0, failed: 2, pending: 0, ok: true });
    const shown = JSON.parse((await home.run('show', 't000001', '--json')).stdout);
    expect(shown).toMatchObject({ state: 'failed', outcome: 'failed', failure: { cause: 'user_error' }, model: null });
    expect(shown.attempt_log.map(({ ending }: { ending: string }) => ending)).toEqual(['failed', 'failed']);
  });
});

describe('leaving and coming back', () => {
  it('Ctrl-C leaves no process; the same command goes on to the end', async () => {
    const home = openHome();
    onTestFinished(() => home.close());
    const file = home.write('longer.yaml', smallSweep({ name: 'longer', rows: 4000, epochs: 6 }));
    const first = home.start('run', file);
    await first.says(/ ✓ t\d{6}/);
    first.signal('SIGINT');
    const left = await first.finished;
    expect(left.code).toBe(130);
    expect(left.stderr).toMatch(/the sweep can go on: run the same command again\n$/);
    expect(home.processes()).toEqual([]);
    const page = await home.run('status');
    expect(page.stdout).toMatch(
      /\nwaits {3}no command runs it; to go on: npx sower run FILE, with the file of this sweep\n$/,
    );

    const second = await home.run('run', file);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/^sweep longer-\w+ goes on: /);
    expect(second.stdout).toMatch(/\ntrials: done 8\n/);
    expect((await home.run('audit')).code).toBe(0);
  });

  it('a second run joins the first and takes over when that one leaves', async () => {
    const home = openHome();
    onTestFinished(() => home.close());
    const one = home.write('one.yaml', smallSweep({ name: 'one', rows: 8000, epochs: 20 }));
    const two = home.write('two.yaml', smallSweep({ name: 'two', rows: 4000, epochs: 4 }));
    const owner = home.start('run', one);
    await owner.says(/ ✓ t\d{6}/);
    const joined = home.start('run', two);
    await joined.says(/sweep two-\w+ submitted/);
    owner.signal('SIGTERM');
    expect((await owner.finished).code).toBe(143);
    const { code, stdout, stderr } = await joined.finished;
    expect(stderr).toMatch(/^process \d+ runs the server of this folder; joining it \.\.\.\n/);
    expect(stderr).toMatch(/which ran the server, has ended; taking over/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\ntrials: done 8\n/);
  });

  it('a cancelled sweep ends with what it has, and another cancel has nothing to stop', async () => {
    const home = openHome();
    onTestFinished(() => home.close());
    const file = home.write('cut.yaml', smallSweep({ name: 'cut', rows: 8000, epochs: 20 }));
    const running = home.start('run', file);
    await running.says(/ ✓ t\d{6}/);
    expect(await home.run('cancel', 'cut')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sweep cut-\w+ is cancelled\n$/),
    });
    const { code, stdout } = await running.finished;
    expect(code).toBe(6);
    expect(stdout).toMatch(/\nsweep cut-\w+ was cancelled\ntrials: (done \d )?cancelled \d\n/);
    expect(stdout).toMatch(/\nto run it after all: give the sweep another name\n$/);
    const audit = JSON.parse((await home.run('audit', '--json')).stdout);
    expect(audit).toMatchObject({ pending: 0, duplicates: 0, ok: true });
    const again = await home.run('cancel', 'cut');
    expect(again.code).toBe(9);
    expect(again.stderr).toBe(
      `E_NOT_RUNNING ${home.home}: no sweep runs in this folder, so there is nothing to stop; see npx sower status\n`,
    );
  });

  it('a killed command leaves nothing running and nothing lost', async () => {
    const home = openHome();
    onTestFinished(() => home.close());
    const file = home.write('killed.yaml', smallSweep({ name: 'killed', rows: 4000, epochs: 6 }));
    const first = home.start('run', file);
    await first.says(/ ✓ t\d{6}/);
    first.signal('SIGKILL');
    await first.finished;
    await until('its children to end by themselves', () => home.processes().length === 0);
    const second = await home.run('run', file);
    expect(second.code).toBe(0);
    expect((await home.run('audit')).code).toBe(0);
  });
});
