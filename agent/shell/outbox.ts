/**
 * What this agent produced and may have to say again: an append-only file on its own disk, cut into segments. An entry is
 * on disk (fsync) before it is published, and stays until the coordinator counted it; a segment goes when all its entries
 * did. Writes of many slots share one fsync. Marks (published, confirmed) need no fsync: losing one repeats a publish
 * that the other side recognises by its id.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../shared/kernel/clock.ts';
import { type OutboxEntry, readLine, writeLine } from './outbox-entry.ts';

export interface OutboxRecord {
  readonly id: string;
  readonly segment: number;
  readonly sweep: string;
  readonly trial: string;
  readonly kind: OutboxEntry['ending']['kind'];
  /** Item and generation the attempt belongs to; null where it never started. */
  readonly item: string | null;
  readonly gen: number | null;
  /** Sequence in EVENTS and monotonic time of the publish, null while it is not confirmed by the server. */
  published: { readonly seq: number; readonly at: number } | null;
}

const SEGMENT = /^(\d{8})\.jsonl$/;

interface Writer {
  readonly file: FileHandle;
  readonly segment: number;
  entries: number;
}

interface Waiting {
  readonly entry: OutboxEntry;
  resolve(): void;
  reject(error: unknown): void;
}

export async function openOutbox(folder: string, segmentEntries: number, log: Log): Promise<Outbox> {
  await mkdir(folder, { recursive: true });
  const outbox = new Outbox(folder, segmentEntries, log);
  await outbox.load();
  return outbox;
}

export class Outbox {
  private readonly folder: string;
  private readonly segmentEntries: number;
  private readonly log: Log;
  /** Entries that are not confirmed, oldest first. */
  private readonly kept = new Map<string, OutboxRecord>();
  /** Latest kept result of a trial. */
  private readonly results = new Map<string, string>();
  private readonly keptOfSegment = new Map<number, number>();
  private lines: string[] = [];
  private waiting: Waiting[] = [];
  private flushing: Promise<void> | null = null;
  private writer: Writer | null = null;
  private nextSegment = 1;

  constructor(folder: string, segmentEntries: number, log: Log) {
    this.folder = folder;
    this.segmentEntries = segmentEntries;
    this.log = log;
  }

  get size(): number {
    return this.kept.size;
  }

  records(): IterableIterator<OutboxRecord> {
    return this.kept.values();
  }

  /** The published result that is kept for a trial of this item and generation; of another generation it may be void. */
  hasPublishedResult(sweep: string, trial: string, item: string, gen: number): boolean {
    const record = this.kept.get(this.results.get(keyOf(sweep, trial)) ?? '');
    return record !== undefined && record.published !== null && record.item === item && record.gen === gen;
  }

  /** Resolves when the entry is on disk. */
  add(entry: OutboxEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.lines.push(writeLine({ type: 'entry', entry }));
      this.waiting.push({ entry, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  /** The server stored the entry's ending as `seq`; `at` is monotonic. */
  published(id: string, seq: number, at: number): void {
    const record = this.kept.get(id);
    if (record === undefined) return;
    record.published = { seq, at };
    this.lines.push(writeLine({ type: 'published', id, seq }));
  }

  /** The entry is not needed any more. */
  async confirm(id: string): Promise<void> {
    const record = this.kept.get(id);
    if (record === undefined) return;
    this.lines.push(writeLine({ type: 'confirmed', id }));
    this.forget(record);
    if (this.isEmpty(record.segment) && record.segment !== this.writer?.segment) await this.remove(record.segment);
  }

  /** The entries themselves, read back from disk. */
  async entries(wanted: ReadonlySet<string>): Promise<readonly OutboxEntry[]> {
    const found: OutboxEntry[] = [];
    const segments = new Set<number>();
    for (const id of wanted) {
      const record = this.kept.get(id);
      if (record !== undefined) segments.add(record.segment);
    }
    for (const segment of segments) {
      for (const text of (await readFile(this.pathOf(segment), 'utf8')).split('\n')) {
        const line = readLine(text);
        if (line?.type === 'entry' && wanted.has(line.entry.id) && this.kept.has(line.entry.id)) found.push(line.entry);
      }
    }
    return found;
  }

  /** Writes what is buffered; a segment that holds nothing needed goes. */
  async close(): Promise<void> {
    await this.flushing;
    if (this.writer === null) return;
    const { file, segment } = this.writer;
    this.writer = null;
    if (this.lines.length > 0) await file.write(this.lines.splice(0).join(''));
    await file.close();
    if (this.isEmpty(segment)) await this.remove(segment);
  }

  async load(): Promise<void> {
    const segments = await segmentsOf(this.folder);
    for (const segment of segments) {
      const texts = (await readFile(this.pathOf(segment), 'utf8')).split('\n');
      for (const [i, text] of texts.entries()) this.loadLine(text, segment, i + 1, i === texts.length - 1);
    }
    this.nextSegment = (segments.at(-1) ?? 0) + 1;
    await Promise.all(segments.filter((segment) => this.isEmpty(segment)).map((segment) => this.remove(segment)));
  }

  private loadLine(text: string, segment: number, lineNumber: number, last: boolean): void {
    if (text === '') return;
    const line = readLine(text);
    if (line === null) {
      // A crash in the middle of a write leaves a torn last line: nobody was told that it is on disk.
      if (!last) this.log('warn', 'unreadable line in the outbox, passed over', { segment, line: lineNumber });
    } else if (line.type === 'entry') this.keep(line.entry, segment);
    else {
      const record = this.kept.get(line.id);
      if (record === undefined) return;
      if (line.type === 'confirmed') this.forget(record);
      else record.published = { seq: line.seq, at: Number.NEGATIVE_INFINITY };
    }
  }

  private keep(entry: OutboxEntry, segment: number): void {
    if (this.kept.has(entry.id)) return;
    const { sweep, trial, kind } = entry.ending;
    const { item, gen } = entry.started ?? { item: null, gen: null };
    this.kept.set(entry.id, { id: entry.id, segment, sweep, trial, kind, item, gen, published: null });
    if (kind === 'result') this.results.set(keyOf(sweep, trial), entry.id);
    this.keptOfSegment.set(segment, (this.keptOfSegment.get(segment) ?? 0) + 1);
  }

  private forget(record: OutboxRecord): void {
    this.kept.delete(record.id);
    const key = keyOf(record.sweep, record.trial);
    if (this.results.get(key) === record.id) this.results.delete(key);
    const left = (this.keptOfSegment.get(record.segment) ?? 1) - 1;
    if (left > 0) this.keptOfSegment.set(record.segment, left);
    else this.keptOfSegment.delete(record.segment);
  }

  private isEmpty(segment: number): boolean {
    return !this.keptOfSegment.has(segment);
  }

  /** One write and one fsync for everything that came in meanwhile. */
  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      const text = this.lines.join('');
      this.waiting = [];
      this.lines = [];
      try {
        const writer = await this.roomyWriter();
        await writer.file.write(text);
        await writer.file.datasync();
        writer.entries += batch.length;
        for (const { entry } of batch) this.keep(entry, writer.segment);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // What reached the file may end in a torn line; nothing may be written behind it.
        await this.writer?.file.close().catch(() => undefined);
        this.writer = null;
        for (const { reject } of batch) reject(error);
      }
    }
    this.flushing = null;
  }

  private async roomyWriter(): Promise<Writer> {
    if (this.writer !== null && this.writer.entries < this.segmentEntries) return this.writer;
    const full = this.writer;
    const segment = this.nextSegment++;
    this.writer = { file: await open(this.pathOf(segment), 'a'), segment, entries: 0 };
    await syncFolder(this.folder);
    if (full !== null) {
      await full.file.close();
      if (this.isEmpty(full.segment)) await this.remove(full.segment);
    }
    return this.writer;
  }

  private pathOf(segment: number): string {
    return join(this.folder, `${String(segment).padStart(8, '0')}.jsonl`);
  }

  private async remove(segment: number): Promise<void> {
    await rm(this.pathOf(segment), { force: true });
  }
}

function keyOf(sweep: string, trial: string): string {
  return `${sweep}/${trial}`;
}

async function segmentsOf(folder: string): Promise<readonly number[]> {
  const numbers = (await readdir(folder)).map((name) => SEGMENT.exec(name)?.[1]).filter((text) => text !== undefined);
  return numbers.map(Number).sort((a, b) => a - b);
}

/** The file's name must survive a power cut as well as its content. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
