import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Journal, openJournal } from '../../../coordinator/shell/journal.ts';
import type { JournalEntry } from '../../../coordinator/shell/journal-entry.ts';
import { doneRecordOf, startedEvent, sweepEntryOf } from '../../support/messages.ts';

let folder: string;
let lines: string[];
const path = () => join(folder, 'journal.ndjson');
const open = () => openJournal(folder, (level, message) => void lines.push(`${level} ${message}`));

const nothing = { version: 1, created: 'then', cursor: 3, sweeps: [], ended: [] } as const;
const STORY: readonly JournalEntry[] = [
  { k: 'stream', created: 'then', seq: 0 },
  { k: 'sweep', entry: sweepEntryOf('lr-00000000') },
  { k: 'event', seq: 1, event: startedEvent('lr-00000000', 0) },
  { k: 'event', seq: 3, event: startedEvent('lr-00000000', 1) },
  { k: 'done', seq: 2, record: doneRecordOf('lr-00000000', 't000000') },
  { k: 'cursor', seq: 4 },
];

async function told(journal: Journal): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  await journal.entries((entry) => void entries.push(entry));
  return entries;
}

async function written(snapshot: boolean): Promise<void> {
  const journal = await open();
  for (const entry of STORY) journal.append(entry);
  if (snapshot) await journal.saveSnapshot(nothing);
  await journal.close();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-journal-'));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true }));

describe('the journal', () => {
  it('gives back what was written, and where it stands', async () => {
    await written(true);
    const journal = await open();
    expect(await told(journal)).toEqual(STORY);
    expect(journal.place).toMatchObject({ created: 'then', seq: 4, sweeps: new Set(['lr-00000000']) });
    expect([...(journal.place.records.get('lr-00000000') ?? [])]).toEqual([0]);
    expect(await journal.latestSnapshot()).toMatchObject({ ...nothing, lines: 6 });
    expect(lines).toEqual([]);
    await journal.close();
  });

  it('writes nothing twice', async () => {
    await written(false);
    const journal = await open();
    for (const entry of STORY.slice(1)) journal.append(entry);
    journal.append({ k: 'cursor', seq: 4 });
    expect(await told(journal)).toEqual(STORY);
    journal.append({ k: 'event', seq: 5, event: startedEvent('lr-00000000', 2) });
    expect(await told(journal)).toHaveLength(STORY.length + 1);
    await journal.close();
    expect((await told(await reopened())).length).toBe(STORY.length + 1);
  });

  it('starts sequences over with another stream', async () => {
    await written(false);
    const journal = await open();
    journal.append({ k: 'stream', created: 'now', seq: 0 });
    journal.append({ k: 'event', seq: 1, event: startedEvent('lr-00000000', 3) });
    expect(journal.place).toMatchObject({ created: 'now', seq: 1 });
    expect(await told(journal)).toHaveLength(STORY.length + 2);
    await journal.close();
  });

  it('survives thousands of lines written in one turn', async () => {
    const journal = await open();
    for (let seq = 1; seq <= 5_000; seq++) journal.append({ k: 'event', seq, event: startedEvent('lr-00000000', seq) });
    await journal.close();
    const again = await open();
    expect(again.place.seq).toBe(5_000);
    expect(lines).toEqual([]);
    await again.close();
  });
});

describe('a damaged journal', () => {
  async function rebuilt(because: string): Promise<void> {
    const journal = await open();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toBe(
      `warn the coordinator's journal is not whole: ${because}; rebuilding it from the server's log`,
    );
    expect(journal.place).toMatchObject({ created: null, seq: 0 });
    expect(await told(journal)).toEqual([]);
    expect(await journal.latestSnapshot()).toBeNull();
    await journal.close();
  }

  it.each([
    ['a bit in its first line', 40, 1],
    ['a bit of a hash', 3, 1],
    ['a bit in its middle', 700, null],
  ])('with %s flipped is put aside', async (_what, position, line) => {
    await written(false);
    const bytes = await readFile(path());
    const at = position;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path(), bytes);
    const damagedLine = line ?? bytes.subarray(0, at).toString('latin1').split('\n').length;
    await rebuilt(`line ${damagedLine} is damaged`);
    expect((await readdir(folder)).filter((name) => name.startsWith('journal.damaged-'))).toHaveLength(1);
  });

  it('that lost whole lines at its end is noticed by its snapshot', async () => {
    await written(true);
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), `${text.split('\n').slice(0, 4).join('\n')}\n`);
    await rebuilt('it ends at line 4 of at least 6');
  });

  it('that was deleted is noticed by its snapshot', async () => {
    await written(true);
    await rm(path());
    await rebuilt('the file is gone');
  });

  it('whose lines changed places is noticed', async () => {
    await written(false);
    const [a, b, c, ...rest] = (await readFile(path(), 'utf8')).split('\n');
    await writeFile(path(), [a, c, b, ...rest].join('\n'));
    await rebuilt('line 2 is damaged');
  });

  it('with a damaged snapshot is read again from the server', async () => {
    await written(true);
    const file = join(folder, 'snapshot.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"cursor":3', '"cursor":4'));
    await rebuilt('its snapshot is damaged');
  });

  it('that ends inside a line loses that line only, and says so', async () => {
    await written(false);
    const bytes = await readFile(path());
    await writeFile(path(), bytes.subarray(0, bytes.length - 5));
    const journal = await open();
    expect(lines).toEqual([expect.stringMatching(/^info the journal ended inside a line: \d+ bytes dropped$/)]);
    expect(await told(journal)).toEqual(STORY.slice(0, -1));
    journal.append({ k: 'cursor', seq: 9 });
    await journal.close();
    const again = await open();
    expect(again.place.seq).toBe(9);
    expect((await stat(path())).size).toBeLessThan(bytes.length + 10);
    await again.close();
  });
});

async function reopened(): Promise<Journal> {
  const journal = await open();
  await journal.close();
  return journal;
}
