import { crc32, deflateRawSync } from 'node:zlib';

/** A file of a zip archive, right unless told otherwise. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** Unix mode: 0o120777 is a symbolic link. */
  readonly mode?: number;
  /** As the directory claims. */
  readonly unpackedBytes?: number;
  readonly checksum?: number;
  readonly stored?: boolean;
}

/** A zip archive by the letter of the format: each file with its header, then the directory. */
export function zipBytes(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, mode = 0o100644, stored = bytes.length < 8, ...claimed } of entries) {
    const plain = Buffer.from(bytes as Uint8Array);
    const packed = stored ? plain : deflateRawSync(plain);
    const nameBytes = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(claimed.checksum ?? crc32(plain), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimed.unpackedBytes ?? plain.length, 18);
    fields.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), fields, tail, nameBytes]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end]);
}

/** Names and their contents. */
export function zipOf(files: Readonly<Record<string, Uint8Array | string>>): Buffer {
  return zipBytes(Object.entries(files).map(([name, bytes]) => ({ name, bytes })));
}
