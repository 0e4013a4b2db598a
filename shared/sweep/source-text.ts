import { SowerError } from '../kernel/errors.ts';
import { SWEEP_LIMITS } from './limits.ts';

/** Bytes of a sweep file as text; E_SWEEP_TOO_BIG and E_SWEEP_ENCODING where they are none. */
export function decodeSweepFile(bytes: Uint8Array, file: string): string {
  if (bytes.byteLength > SWEEP_LIMITS.fileBytes) throw tooBig(bytes.byteLength, file);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw encoding('is encoded as UTF-16', file);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw encoding('is not valid UTF-8', file);
  }
}

/** The text without a byte order mark; refuses what no editor would have meant. */
export function checkText(text: string, file: string): string {
  if (text.length > SWEEP_LIMITS.fileBytes) throw tooBig(text.length, file);
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const line = text.slice(0, nul).split('\n').length;
    throw encoding(`holds a NUL character in line ${line}`, file);
  }
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function tooBig(bytes: number, file: string): SowerError {
  const limit = `${SWEEP_LIMITS.fileBytes / 1024 / 1024} MiB`;
  return new SowerError('E_SWEEP_TOO_BIG', `the file has ${bytes} bytes, above the limit of ${limit}`, {
    where: file,
    fix: 'is this the right file? A sweep file lists parameters, not data',
  });
}

function encoding(what: string, file: string): SowerError {
  return new SowerError('E_SWEEP_ENCODING', `the file ${what}`, { where: file, fix: 'save it as UTF-8 text' });
}
