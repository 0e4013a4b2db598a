import { SowerError } from '../../../shared/kernel/errors.ts';

/** Names both hashes by their first 12 digits. */
export function wrongHash(where: string, actual: string, expected: string, fix?: string): SowerError {
  return new SowerError('E_DATA_HASH', `SHA-256 is ${actual.slice(0, 12)}..., expected ${expected.slice(0, 12)}...`, {
    where,
    fix: fix ?? 'bring the data back as it was, or submit the sweep again: other data makes it another sweep',
  });
}
