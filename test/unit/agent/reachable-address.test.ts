import { describe, expect, it } from 'vitest';
import { reachableAddress } from '../../../agent/shell/presence.ts';

describe('reachableAddress', () => {
  it.each([
    ['0.0.0.0:9551', 'gpu-01:9551'],
    ['[::]:9551', 'gpu-01:9551'],
    ['127.0.0.1:9551', '127.0.0.1:9551'],
    ['10.0.0.0:9551', '10.0.0.0:9551'],
  ])('says %s as %s', (bound, reachable) => {
    expect(reachableAddress(bound, 'gpu-01')).toBe(reachable);
  });
});
