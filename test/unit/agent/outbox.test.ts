import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Outbox, openOutbox } from '../../../agent/shell/outbox.ts';
import type { OutboxEntry } from '../../../agent/shell/outbox-entry.ts';
import { PROTOCOL_VERSION } from '../../../shared/protocol/index.ts';
import { resultOf } from '../../support/sweep-events.ts';

const SEGMENT_ENTRIES = 4;
let folder: string;
let warnings: string[];
let opened: Outbox[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-outbox-'));
  warnings = [];
  opened = [];
});

afterEach(async () => {
  for (const outbox of opened) await outbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function reopen(): Promise<Outbox> {
  const outbox = await openOutbox(folder, SEGMENT_ENTRIES, (level, message) => {
    if (level === 'warn') warnings.push(message);
  });
  opened.push(outbox);
  return outbox;
}

function entry(count: number): OutboxEntry {
  const envelope = {
    v: PROTOCOL_VERSION,
    sweep: 's-1',
    author: 'lab',
    at: 1,
    trial: `t00000${count}`,
    attempt: `lab-1-${count}`,
  } as const;
  return {
    id: envelope.attempt,
    started: { ...envelope, kind: 'started', item: 'i000000', gen: 1, slot: 0 },
    ending: { ...envelope, kind: 'result', body: resultOf() },
  };
}

const idsOf = (outbox: Outbox): readonly string[] => [...outbox.records()].map((record) => record.id);
const files = async (): Promise<readonly string[]> => (await readdir(folder)).sort();

describe('outbox', () => {
  it('has on disk what it said it has, without being closed', async () => {
    const first = await reopen();
    await first.add(entry(1));
    await first.add(entry(2));
    const second = await reopen();
    expect(idsOf(second)).toEqual(['lab-1-1', 'lab-1-2']);
    expect(await second.entries(new Set(['lab-1-2']))).toEqual([entry(2)]);
  });

  it('remembers over a restart what was published and what was confirmed', async () => {
    const first = await reopen();
    for (const count of [1, 2, 3]) await first.add(entry(count));
    first.published('lab-1-1', 17, 1_000);
    first.published('lab-1-2', 18, 1_000);
    await first.confirm('lab-1-2');
    await first.close();
    const second = await reopen();
    expect([...second.records()].map(({ id, published }) => [id, published?.seq ?? null])).toEqual([
      ['lab-1-1', 17],
      ['lab-1-3', null],
    ]);
  });

  it('passes over a torn last line in silence, and never writes behind it', async () => {
    const first = await reopen();
    await first.add(entry(1));
    await first.close();
    await appendFile(join(folder, '00000001.jsonl'), '{"started":null,"ending":{"v":1,"swe');
    const second = await reopen();
    expect(idsOf(second)).toEqual(['lab-1-1']);
    expect(warnings).toEqual([]);
    await second.add(entry(2));
    expect(idsOf(await reopen())).toEqual(['lab-1-1', 'lab-1-2']);
  });

  it('passes over damage in the middle, and says so', async () => {
    const first = await reopen();
    for (const count of [1, 2, 3]) await first.add(entry(count));
    const path = join(folder, '00000001.jsonl');
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[1] = lines[1]?.replace('"result"', '"resu\u0000t"') ?? '';
    await writeFile(path, lines.join('\n'));
    expect(idsOf(await reopen())).toEqual(['lab-1-1', 'lab-1-3']);
    expect(warnings).toEqual(['unreadable line in the outbox, passed over']);
  });

  it('writes many entries with few fsyncs', async () => {
    const handle = await open(join(folder, 'probe'), 'w');
    const datasync = vi.spyOn(Object.getPrototypeOf(handle), 'datasync');
    await handle.close();
    const outbox = await openOutbox(folder, 10_000, () => undefined);
    opened.push(outbox);
    await Promise.all(Array.from({ length: 500 }, (_, count) => outbox.add(entry(count))));
    expect(datasync.mock.calls.length).toBeGreaterThan(0);
    expect(datasync.mock.calls.length).toBeLessThanOrEqual(3);
    datasync.mockRestore();
    expect(idsOf(await reopen())).toHaveLength(500);
  });

  it('lets go of a segment when all its entries are confirmed, and of all when nothing is left', async () => {
    const outbox = await reopen();
    for (let count = 1; count <= 2 * SEGMENT_ENTRIES + 1; count++) await outbox.add(entry(count));
    expect(await files()).toEqual(['00000001.jsonl', '00000002.jsonl', '00000003.jsonl']);
    for (let count = 1; count < SEGMENT_ENTRIES; count++) await outbox.confirm(`lab-1-${count}`);
    expect(await files()).toHaveLength(3);
    await outbox.confirm(`lab-1-${SEGMENT_ENTRIES}`);
    expect(await files()).toEqual(['00000002.jsonl', '00000003.jsonl']);
    for (const id of [...idsOf(outbox)]) await outbox.confirm(id);
    await outbox.close();
    expect(await files()).toEqual([]);
  });

  it('knows published results by item and generation only', async () => {
    const outbox = await reopen();
    await outbox.add(entry(1));
    expect(outbox.hasPublishedResult('s-1', 't000001', 'i000000', 1)).toBe(false);
    outbox.published('lab-1-1', 5, 0);
    expect(outbox.hasPublishedResult('s-1', 't000001', 'i000000', 1)).toBe(true);
    expect(outbox.hasPublishedResult('s-1', 't000001', 'i000000', 2)).toBe(false);
    expect(outbox.hasPublishedResult('s-1', 't000002', 'i000000', 1)).toBe(false);
    await outbox.confirm('lab-1-1');
    expect(outbox.hasPublishedResult('s-1', 't000001', 'i000000', 1)).toBe(false);
  });

  it('says that it could not write, and goes on in a new file when it can again', async () => {
    const outbox = await reopen();
    // A folder in the place of the next segment: opening it for writing fails, as a full disk would.
    await mkdir(join(folder, '00000001.jsonl'));
    await expect(outbox.add(entry(1))).rejects.toThrow();
    await outbox.add(entry(2));
    expect(idsOf(outbox)).toEqual(['lab-1-2']);
    expect(await files()).toContain('00000002.jsonl');
    await rm(join(folder, '00000001.jsonl'), { recursive: true });
  });
});
