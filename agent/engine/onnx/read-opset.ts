/** Reads which opset of the default domain a model declares. */
import { fieldsOf } from './fields.ts';

const OPSET_IMPORT = 8;
const DOMAIN = 1;
const VERSION = 2;

export function readOpset(model: Uint8Array): number {
  for (const { field, value } of fieldsOf(model)) {
    if (field !== OPSET_IMPORT || typeof value === 'number') continue;
    const imported = [...fieldsOf(value)];
    const domain = imported.find((entry) => entry.field === DOMAIN)?.value;
    const version = imported.find((entry) => entry.field === VERSION)?.value;
    const isDefault = domain === undefined || (domain instanceof Uint8Array && domain.length === 0);
    if (isDefault && typeof version === 'number') return version;
  }
  throw new RangeError('the model declares no opset');
}
