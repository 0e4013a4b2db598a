import { describe, expect, it } from 'vitest';
import { KINDS, REMARKS } from '../../../../agent/data/collisions/places.ts';
import { circumstancesOfCodes, severityOfCodes } from '../../../../agent/data/collisions/severity.ts';

describe('the severity that MO codes tell', () => {
  it.each([
    ['3004 3028 3030 4003', 'none'],
    ['3026', 'injury'],
    ['0605 3003 3025', 'injury'],
    ['3024 3011', 'severe'],
    ['3027', 'severe'],
  ])('%s: %s', (codes, severity) => {
    expect(severityOfCodes(codes)).toBe(severity);
  });

  it('is the worst of several', () => {
    expect(severityOfCodes('3028 3026 3004')).toBe('injury');
    expect(severityOfCodes('3026 3028 3027')).toBe('severe');
  });

  it('is unknown where none of them is there, also as a part of another', () => {
    for (const codes of ['', '3004 3037', '13027', '30241']) expect(severityOfCodes(codes)).toBeNull();
  });
});

describe('the circumstances that MO codes tell', () => {
  it('are what met what, hit and run, and the place, in one order, and never the severity', () => {
    expect(circumstancesOfCodes('4026 3036 3004 3028 3004 3030 0605')).toBe('3004 3030 3036');
    expect(circumstancesOfCodes('3024 3025 3026 3027 3028')).toBe('');
    expect(circumstancesOfCodes('3000 3001 3023 3101 3o04')).toBe('3001 3023');
  });

  it('are the codes that the generated table has', () => {
    for (const { code } of KINDS) {
      for (const [remark] of REMARKS) {
        const written = remark === '' ? code : `${code} ${remark}`;
        expect(circumstancesOfCodes(written)).toBe(written);
        expect(severityOfCodes(written)).toBeNull();
      }
    }
  });
});
