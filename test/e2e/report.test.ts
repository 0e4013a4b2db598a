import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHome, type SowerHome, smallSweep } from '../support/sower.ts';

const CHROMIUM = '/usr/bin/chromium';

/** From a sweep that ran to its report in a browser. */
describe('sower report', () => {
  let home: SowerHome;
  let path: string;
  beforeAll(async () => {
    home = openHome();
    path = join(home.folder, 'report.html');
    const { code } = await home.run('run', home.write('small.yaml', smallSweep()));
    expect(code).toBe(0);
  });
  afterAll(() => home.close());

  it('writes one file with every section that has data', async () => {
    const { code, stdout, stderr } = await home.run('report', '-o', path, '--open');
    expect(stderr).toMatch(
      /^(starting nats-server in .*\n)?--open: nobody sits at a display here, so it is only written\n$/,
    );
    expect(stdout).toMatch(/report\.html {2}[\d.]+ kB\n$/);
    expect(code).toBe(0);
    const page = readFileSync(path, 'utf8');
    expect([...page.matchAll(/<h2>([^<]*)</g)].map((match) => match[1])).toEqual([
      'What was swept',
      'Data',
      'Ranking',
      'Two parameters at a time',
      'Spread over seeds',
      'One parameter at a time',
      'All parameters at once',
      'Learning curves',
      'The best trial',
      'First-layer filters',
      'Surest answers',
      'Time against result',
      'How to reproduce',
    ]);
    expect(page).not.toMatch(/NaN|undefined|\[object|(?:src|href)="(?!data:)|<script/);
  });

  it('says the same means as `best`', async () => {
    const { stdout } = await home.run('best', '--json');
    const { objective, configuration } = JSON.parse(stdout);
    const page = readFileSync(path, 'utf8');
    const means = [...page.matchAll(/<text class="value"[^>]*>([^<]*)</g)].map((match) => Number(match[1]));
    expect(means).toHaveLength(4);
    expect(Math.min(...means)).toBeCloseTo(objective.mean, 3);
    expect(page).toContain(`best configuration, ${configuration}`);
  });

  it('refuses a sweep that is not there', async () => {
    const { code, stderr } = await home.run('report', 'nothing');
    expect(code).toBe(4);
    expect(stderr).toContain('no sweep is called "nothing"');
  });

  it.skipIf(!existsSync(CHROMIUM))('opens in a browser without a complaint', async () => {
    const profile = join(home.folder, 'profile');
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${profile}`,
      '--enable-logging=stderr',
    ];
    const { stdout, stderr } = await execa(CHROMIUM, [...flags, '--dump-dom', pathToFileURL(path).href]);
    expect(stderr.split('\n').filter((line) => line.includes('CONSOLE'))).toEqual([]);
    expect(stdout.match(/<section>/g)).toHaveLength(13);
    expect(stdout.match(/<svg/g)?.length).toBe(readFileSync(path, 'utf8').match(/<svg/g)?.length);
  });
});
