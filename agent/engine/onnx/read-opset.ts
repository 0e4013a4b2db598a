/** Reads which opset of the default domain a model declares. */

/** Fields of one protobuf message: number, and the payload where it is length-delimited. */
function* fieldsOf(message: Uint8Array): Generator<{ readonly field: number; readonly value: number | Uint8Array }> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('the model ends inside a field');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    const field = (tag - wireType) / 8;
    if (wireType === 0) yield { field, value: varint() };
    else if (wireType === 2) {
      const length = varint();
      yield { field, value: message.subarray(at, at + length) };
      at += length;
    } else at += wireType === 1 ? 8 : 4;
  }
}

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
