import { describe, expect, it } from 'vitest';
import { isUtf8, wantsColor } from '../../../cli/output/output.ts';
import { createPaint } from '../../../cli/output/paint.ts';

describe('the locale', () => {
  it('is read by POSIX precedence', () => {
    expect(isUtf8({ LANG: 'en_US.UTF-8' })).toBe(true);
    expect(isUtf8({ LANG: 'C.utf8' })).toBe(true);
    expect(isUtf8({ LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toBe(false);
    expect(isUtf8({ LC_ALL: '', LC_CTYPE: 'de_DE.UTF-8', LANG: 'C' })).toBe(true);
    expect(isUtf8({})).toBe(false);
  });
});

describe('colour', () => {
  it('is for terminals, unless forced or refused', () => {
    expect(wantsColor(true, true, {})).toBe(true);
    expect(wantsColor(true, false, {})).toBe(false);
    expect(wantsColor(true, false, { FORCE_COLOR: '1' })).toBe(true);
    expect(wantsColor(true, true, { FORCE_COLOR: '0' })).toBe(false);
    expect(wantsColor(true, true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor(false, true, { FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColor(true, true, { NO_COLOR: '' })).toBe(true);
  });

  it('leaves text alone where it is off', () => {
    expect(createPaint(false).bad('x')).toBe('x');
    expect(createPaint(true).bad('x')).toBe('\u001b[31mx\u001b[39m');
  });
});
