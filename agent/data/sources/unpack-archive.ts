/** Puts the files of a folder's archive (folder-archive.ts) into a folder; whatever else an archive may hold is refused. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { BLOCK_BYTES } from './folder-archive.ts';

/** A name that is longer is an attack, not a name. */
const MAX_NAME_BYTES = 8 * 1024;

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly bytes: number;
}

/**
 * Yields what it reads, unchanged, so that it can be hashed on the way. Throws E_ARCHIVE_PATH where an entry would lie
 * outside of the folder or is no plain file, E_DATA_FORMAT where this is no archive.
 */
export async function* unpackArchive(
  pieces: AsyncIterable<Uint8Array>,
  folder: string,
  where: string,
): AsyncGenerator<Uint8Array> {
  const unpacking = new Unpacking(folder, where);
  try {
    for await (const piece of pieces) {
      await unpacking.take(piece);
      yield piece;
    }
    unpacking.end();
  } finally {
    await unpacking.close();
  }
}

/** header -> contents -> padding -> header ... until a block of zeros. */
class Unpacking {
  private readonly folder: string;
  private readonly where: string;
  private readonly made = new Set<string>();
  private header: Buffer = Buffer.alloc(0);
  private entry: Entry | null = null;
  private file: FileHandle | null = null;
  private longName: Buffer = Buffer.alloc(0);
  private nextName: string | null = null;
  private left = 0;
  private padding = 0;
  private over = false;

  constructor(folder: string, where: string) {
    this.folder = folder;
    this.where = where;
  }

  async take(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length && !this.over; ) {
      const rest = piece.subarray(at);
      if (this.left > 0) {
        const part = rest.subarray(0, this.left);
        if (this.file !== null) await writeAll(this.file, part);
        else this.longName = Buffer.concat([this.longName, part]);
        this.left -= part.length;
        at += part.length;
        if (this.left === 0) await this.finishEntry();
      } else if (this.padding > 0) {
        const skipped = Math.min(this.padding, rest.length);
        this.padding -= skipped;
        at += skipped;
      } else {
        const part = rest.subarray(0, BLOCK_BYTES - this.header.length);
        this.header = Buffer.concat([this.header, part]);
        at += part.length;
        if (this.header.length === BLOCK_BYTES) await this.beginEntry();
      }
    }
  }

  end(): void {
    if (!this.over) throw this.refuse('E_DATA_FORMAT', 'the archive of the folder ends too early');
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = null;
  }

  private async beginEntry(): Promise<void> {
    const { header } = this;
    this.header = Buffer.alloc(0);
    if (header.every((byte) => byte === 0)) {
      this.over = true;
      return;
    }
    const entry = this.parse(header);
    this.entry = entry;
    this.left = entry.bytes;
    this.padding = (BLOCK_BYTES - (entry.bytes % BLOCK_BYTES)) % BLOCK_BYTES;
    if (entry.type === 'x') {
      if (entry.bytes > MAX_NAME_BYTES) throw this.refuse('E_ARCHIVE_PATH', 'a name of the archive is too long');
      this.longName = Buffer.alloc(0);
    } else {
      const path = join(this.folder, this.safeName(this.nextName ?? entry.name));
      this.nextName = null;
      await this.makeFolder(dirname(path));
      this.file = await open(path, 'wx');
    }
    if (this.left === 0) await this.finishEntry();
  }

  private parse(header: Buffer): Entry {
    const type = header.toString('latin1', 156, 157);
    const name = textAt(header, 0, 100);
    const size = textAt(header, 124, 136);
    if (textAt(header, 257, 263) !== 'ustar' || !/^[0-7]+$/.test(size)) {
      throw this.refuse('E_DATA_FORMAT', 'these bytes are no archive of a folder');
    }
    if (type !== '0' && type !== 'x') throw this.refuse('E_ARCHIVE_PATH', `"${name}" is no plain file`);
    return { type, name, bytes: Number.parseInt(size, 8) };
  }

  private async finishEntry(): Promise<void> {
    if (this.entry?.type === 'x') {
      this.nextName = /^\d+ path=([^\n]+)\n$/.exec(this.longName.toString('utf8'))?.[1] ?? null;
      if (this.nextName === null) throw this.refuse('E_DATA_FORMAT', 'a name of the archive cannot be read');
    }
    await this.close();
    this.entry = null;
  }

  private safeName(name: string): string {
    const parts = name.split('/');
    const strange = parts.some((part) => part === '' || part === '.' || part === '..');
    if (strange || /[\\\0]/.test(name))
      throw this.refuse('E_ARCHIVE_PATH', `"${name}" would lie outside of its folder`);
    return name;
  }

  private async makeFolder(folder: string): Promise<void> {
    if (this.made.has(folder)) return;
    await mkdir(folder, { recursive: true });
    this.made.add(folder);
  }

  private refuse(code: string, message: string): SowerError {
    return new SowerError(code, message, {
      where: this.where,
      fix: 'store the folder again with "sower data push DIR"',
    });
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

function textAt(header: Buffer, from: number, to: number): string {
  const end = header.indexOf(0, from);
  return header.toString('utf8', from, end >= 0 && end < to ? end : to).trim();
}
