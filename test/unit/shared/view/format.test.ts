import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatEpoch,
  formatInterval,
  formatMeanSd,
  formatMetric,
  formatParameter,
  formatParameters,
  formatSeconds,
} from '../../../../shared/view/format.ts';

describe('numbers', () => {
  it('have four significant digits, and unknown is not zero', () => {
    expect([0.08712345, 1.5, 12.3456, 12345.6, 0].map(formatMetric)).toEqual([
      '0.08712',
      '1.500',
      '12.35',
      '12346',
      '0',
    ]);
    expect([0.00032, -0.00032, 2.5e7].map(formatMetric)).toEqual(['3.20e-4', '-3.20e-4', '2.50e+7']);
    expect([null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map(formatMetric)).toEqual(['-', '-', '-', '-']);
  });

  it('show a mean no finer than its spread', () => {
    expect(formatMeanSd(0.0871234, 0.00123)).toBe('0.0871 ± 0.0012');
    expect(formatMeanSd(0.0871234, 0.00123, true)).toBe('0.0871 +- 0.0012');
    expect(formatMeanSd(12.345, 1.5)).toBe('12.3 ± 1.5');
    expect(formatMeanSd(0.5, null)).toBe('0.5000');
    expect(formatMeanSd(0.5, 0)).toBe('0.5000 ± 0.0000');
    expect(formatMeanSd(null, null)).toBe('-');
    expect(formatInterval([0.08561, 0.08859], 0.00123)).toBe('0.0856 .. 0.0886');
    expect(formatInterval(null, null)).toBe('-');
  });

  it('are grouped and scaled', () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([512, 1536, 1.25e6, 7e9].map(formatBytes)).toEqual(['512 B', '1.54 kB', '1.25 MB', '7.00 GB']);
  });
});

describe('durations', () => {
  it('carry their unit', () => {
    expect([0.04, 9.94, 42.4, 59.6, 520, 7530, 276_480].map(formatSeconds)).toEqual([
      '0.0s',
      '9.9s',
      '42s',
      '1m00s',
      '8m40s',
      '2h05m',
      '3d04h',
    ]);
    expect(formatSeconds(null)).toBe('-');
  });
});

describe('epochs', () => {
  it('stand before how many there are to be, where that is known', () => {
    const shown = [
      { epoch: 3, epochs: 10 },
      { epoch: null, epochs: 10 },
      { epoch: 3, epochs: null },
      { epoch: null, epochs: null },
    ].map(formatEpoch);
    expect(shown).toEqual(['3/10', '0/10', '3', '-']);
  });
});

describe('parameters', () => {
  it('are shown as written, structures by their label', () => {
    expect(formatParameters({ lr: 0.1, nesterov: true, act: 'relu' }, ['act', 'lr', 'momentum'])).toBe(
      'act=relu lr=0.1 momentum=-',
    );
    expect(formatParameter({ label: 'wide', layers: [{ dense: { units: 512 } }] })).toBe('wide');
    expect(formatParameter([1, 2])).toBe('[1,2]');
    expect([0.0003, 1e-7, 128, 0.12345, 1234567].map(formatParameter)).toEqual([
      '0.0003',
      '1e-7',
      '128',
      '0.12345',
      '1234567',
    ]);
    expect(formatParameter([{ dense: { units: 512, activation: 'relu' } }])).toHaveLength(32);
  });

  it('that were drawn at random show four of their sixteen digits', () => {
    expect([0.0974729859647327, 0.000012345678, 431.987654321].map(formatParameter)).toEqual([
      '0.09747',
      '0.00001235',
      '432',
    ]);
  });
});
