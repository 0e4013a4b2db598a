/**
 * The header of NumPy's NPY files, versions 1.0 to 3.0 (numpy.lib.format): the magic, a version, the length of what
 * follows, and a Python dictionary of which only what NumPy itself writes is read.
 */
import { SowerError } from '../../../shared/kernel/errors.ts';

export interface NpyType {
  /** Unsigned, signed, floating point, or 0 and 1. */
  readonly kind: 'u' | 'i' | 'f' | 'b';
  /** Of one value. */
  readonly bytes: number;
  readonly bigEndian: boolean;
}

export interface NpyHeader {
  readonly type: NpyType;
  readonly shape: readonly number[];
  /** The first index changes fastest. */
  readonly fortranOrder: boolean;
  /** Where the values begin. */
  readonly headerBytes: number;
}

const MAGIC = '\x93NUMPY';
/** Magic and version. */
const START_BYTES = 8;
/** NumPy's own are 118 bytes; with more the file is hostile. */
const MAX_DICTIONARY_BYTES = 10_000;
/** Longest header that is read. */
export const MAX_NPY_HEADER_BYTES = START_BYTES + 4 + MAX_DICTIONARY_BYTES;

const SIZES: Readonly<Record<NpyType['kind'], readonly number[]>> = {
  u: [1, 2, 4, 8],
  i: [1, 2, 4, 8],
  f: [4, 8],
  b: [1],
};

/**
 * Of a file of `fileBytes` bytes whose first ones are `head`; the shape agrees with the length of the file, so that
 * nothing is allocated on a header's word. Throws E_DATA_FORMAT naming file and byte offset.
 */
export function parseNpyHeader(head: Uint8Array, fileBytes: number, where: string): NpyHeader {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw wrong(where, 0, 'not an NPY file: it does not start with \\x93NUMPY');
  }
  const [major, minor] = [bytes[6], bytes[7]];
  if (major === undefined || minor !== 0 || major < 1 || major > 3) {
    throw wrong(where, 6, `it is of NPY version ${major}.${minor}, expected 1.0 to 3.0`);
  }
  const start = START_BYTES + (major === 1 ? 2 : 4);
  if (bytes.length < start)
    throw wrong(where, fileBytes, `truncated: its header needs more than ${bytes.length} bytes`);
  const length = major === 1 ? bytes.readUInt16LE(START_BYTES) : bytes.readUInt32LE(START_BYTES);
  if (length > MAX_DICTIONARY_BYTES) {
    throw wrong(where, START_BYTES, `its header claims ${length} bytes, at most ${MAX_DICTIONARY_BYTES} are read`);
  }
  const headerBytes = start + length;
  if (bytes.length < headerBytes) {
    throw wrong(where, fileBytes, `truncated: its header needs ${headerBytes} bytes, the file has ${fileBytes}`);
  }
  const text = bytes.toString(major === 3 ? 'utf8' : 'latin1', start, headerBytes);
  const header = { ...parseDictionary(text, where, start), headerBytes };
  checkLength(header, fileBytes, where);
  return header;
}

const TOKEN = /\s*(?:'([^'\\]*)'|(True|False)|\(([\d\sL,]*)\)|([{}:,]))\s*/y;

/** `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }` and nothing else. */
function parseDictionary(text: string, where: string, start: number): Omit<NpyHeader, 'headerBytes'> {
  const values = new Map<string, string>();
  let at = 0;
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token === null) throw notRead(where, start + at, text.slice(at));
    at = TOKEN.lastIndex;
    return token;
  };
  const expect = (sign: string) => {
    const from = at;
    if (next()[4] !== sign) throw notRead(where, start + from, text.slice(from));
  };
  expect('{');
  for (;;) {
    const from = at;
    const [, key, , , sign] = next();
    if (sign === '}') break;
    if (key === undefined || values.has(key)) throw notRead(where, start + from, text.slice(from));
    expect(':');
    const valueAt = at;
    if (text[at] === '[') throw wrong(where, start + at, 'its values are records of several fields, expected numbers');
    const [, quoted, word, tuple] = next();
    const value = quoted ?? word ?? tuple;
    if (value === undefined) throw notRead(where, start + valueAt, text.slice(valueAt));
    values.set(key, value);
    if (text[at] === ',') expect(',');
  }
  if (at !== text.length) throw notRead(where, start + at, text.slice(at));
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map((key) => values.get(key));
  if (descr === undefined || shape === undefined || !/^(True|False)$/.test(order ?? '')) {
    throw notRead(where, start, text);
  }
  return {
    type: parseType(descr, where, start),
    shape: parseShape(shape, where, start),
    fortranOrder: order === 'True',
  };
}

function parseType(descr: string, where: string, offset: number): NpyType {
  const [, order = '', kind = '', digits = ''] = /^([<>|=])([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  const bytes = Number(digits);
  if (!SIZES[kind as NpyType['kind']]?.includes(bytes)) {
    const what = kind === 'O' ? ' (Python objects)' : kind === 'U' || kind === 'S' ? ' (text)' : '';
    const message = `its values are of type ${descr}${what}, expected u1 to u8, i1 to i8, f4, f8 or b1`;
    throw wrong(where, offset, message, "convert it with .astype('float32') or another of these, and write it again");
  }
  return { kind: kind as NpyType['kind'], bytes, bigEndian: order === '>' };
}

function parseShape(tuple: string, where: string, offset: number): readonly number[] {
  const parts = tuple.split(',').map((part) => part.trim().replace(/L$/, ''));
  // `(3,)` ends in a comma, `()` is no dimension at all.
  if (parts.at(-1) === '') parts.pop();
  if (!parts.every((part) => /^\d+$/.test(part))) throw notRead(where, offset, `(${tuple})`);
  return parts.map(Number);
}

function checkLength({ shape, type, headerBytes }: NpyHeader, fileBytes: number, where: string): void {
  const text = `${shape.join(' x ')} values`;
  const expected = shape.reduce((product, length) => product * length, type.bytes);
  const actual = fileBytes - headerBytes;
  if (actual < expected) {
    throw wrong(where, fileBytes, `truncated: ${text} need ${expected} bytes, the file has ${actual}`);
  }
  if (actual > expected) {
    throw wrong(where, headerBytes + expected, `${actual - expected} bytes follow the last of ${text}`);
  }
}

function notRead(where: string, offset: number, text: string): SowerError {
  return wrong(where, offset, `its header cannot be read at ${JSON.stringify(text.slice(0, 40))}`);
}

const AGAIN = 'write it again with numpy.save, numpy.savez or numpy.savez_compressed';

function wrong(where: string, offset: number, message: string, fix = AGAIN): SowerError {
  return new SowerError('E_DATA_FORMAT', message, { where: `${where}, byte ${offset}`, fix });
}
