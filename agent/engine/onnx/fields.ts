/** Reads the protobuf wire format; `wire.ts` writes it. */

export interface Field {
  readonly field: number;
  /** The payload where it is length-delimited, the number where it is a varint; fields of fixed width are left out. */
  readonly value: number | Uint8Array;
}

/** Throws RangeError where the message ends inside a field. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
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
