import { describe, expect, it } from 'vitest';
import { opener, openInBrowser } from '../../../cli/browser.ts';
import { createOutput } from '../../../cli/output/output.ts';

const output = createOutput({ color: false, quiet: true, environment: {} });
const at = (interactive: boolean) => ({ output: { ...output, interactive } });

describe('opening a file in a browser', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }, ['xdg-open']],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open']],
    ['linux', {}, null],
    ['darwin', {}, ['open']],
  ] as const)('on %s with %j: %j', (platform, environment, command) => {
    expect(opener(at(true), platform, environment)).toEqual(command);
    expect(opener(at(false), platform, environment)).toBeNull();
  });

  it('says where no program can do it', async () => {
    expect(await openInBrowser('/report.html', ['/nowhere/xdg-open'])).toBe(false);
    expect(await openInBrowser('/report.html', [process.execPath, '--version'])).toBe(true);
  });
});
