import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchUnpinned, keptDownload } from '../../../../agent/data/sources/unpinned-url.ts';
import type { SowerError } from '../../../../shared/kernel/errors.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

let cacheDir: string;
let server: Server;
let url: string;
let asked: IncomingHttpHeaders[];
/** What the server holds and says of it. */
let file: { contents: string; headers: OutgoingHttpHeaders; knowsConditions: boolean; status?: number };

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'sower-unpinned-'));
  asked = [];
  file = { contents: 'first', headers: { etag: '"1"' }, knowsConditions: true };
  server = createServer((request, response) => {
    asked.push(request.headers);
    const { contents, headers, knowsConditions, status = 200 } = file;
    const { 'if-none-match': etag, 'if-modified-since': date } = request.headers;
    const same = etag === undefined ? date !== undefined && date === headers['last-modified'] : etag === headers.etag;
    if (knowsConditions && same) response.writeHead(304).end();
    else response.writeHead(status, { 'content-length': contents.length, ...headers }).end(contents);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows.csv`;
});
const close = () => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
};
afterEach(async () => {
  await close();
  await rm(cacheDir, { recursive: true, force: true });
});

const lines: string[] = [];
async function fetched(): Promise<string> {
  lines.length = 0;
  const options = { cacheDir, notify: (line: string) => void lines.push(line), rules: { allowSelf: true } };
  const { path, sha256 } = await fetchUnpinned(url, options);
  const contents = await readFile(path, 'utf8');
  expect(sha256).toBe(hashOf(contents));
  return contents;
}
const outcome = () => fetched().catch((error: SowerError) => error.code);

describe('an address without a hash', () => {
  it('is fetched once, and asked whether it changed after that', async () => {
    expect(await keptDownload(url, cacheDir)).toBeNull();
    expect(await fetched()).toBe('first');
    expect(lines).toEqual([`downloading ${url} (5 B)`]);
    expect(await fetched()).toBe('first');
    expect([lines, asked.map((headers) => headers['if-none-match'])]).toEqual([[], [undefined, '"1"']]);
    expect(await keptDownload(url, cacheDir)).toMatchObject({ sha256: hashOf('first'), bytes: 5 });
    expect(asked).toHaveLength(2);
  });

  it('is fetched anew where the server says that it changed', async () => {
    await fetched();
    file = { ...file, contents: 'other', headers: { etag: '"2"' } };
    expect(await fetched()).toBe('other');
    expect(await fetched()).toBe('other');
    expect(asked.at(-1)).toMatchObject({ 'if-none-match': '"2"' });
  });

  it('is compared by its date where it has no tag', async () => {
    const date = 'Sat, 21 Nov 2026 08:00:00 GMT';
    file = { ...file, headers: { 'last-modified': date } };
    await fetched();
    expect(await fetched()).toBe('first');
    expect(asked.at(-1)).toMatchObject({ 'if-modified-since': date });
    file = { ...file, contents: 'other', headers: { 'last-modified': date.replace('08', '09') } };
    expect(await fetched()).toBe('other');
  });

  it.each([
    ['tag', { etag: '"1"' }, { etag: '"2"' }, 'other'],
    ['date', { 'last-modified': 'Sat, 21 Nov 2026 08:00:00 GMT' }, { 'last-modified': 'later' }, 'other'],
    ['length', {}, {}, 'longer'],
  ])('from a server that knows no conditions: another %s is another file', async (_, before, after, contents) => {
    file = { contents: 'first', headers: before, knowsConditions: false };
    await fetched();
    expect(await fetched()).toBe('first');
    expect(lines).toEqual([]);
    file = { contents, headers: after, knowsConditions: false };
    expect(await fetched()).toBe(contents);
  });

  it('is what the cache has where the server is away or failing, and says so', async () => {
    await fetched();
    file = { ...file, contents: 'oops', headers: {}, status: 500 };
    expect(await fetched()).toBe('first');
    expect(lines).toEqual([
      expect.stringMatching(
        /: cannot download the data: the server answers 500: what came from there on \d{4}-\d\d-\d\d is used, out of the cache$/,
      ),
    ]);
    await close();
    expect(await fetched()).toBe('first');
    expect(lines).toHaveLength(1);
  });

  it('is nothing where the server is away and the cache has none, or a damaged one', async () => {
    await fetched();
    const { path } = (await keptDownload(url, cacheDir))!;
    await writeFile(path, 'damaged');
    expect(await fetched()).toBe('first');
    await writeFile(path, 'damaged again');
    await close();
    expect(await outcome()).toBe('E_DATA_DOWNLOAD');
  });

  it('is fetched anew where the note of it cannot be read', async () => {
    await fetched();
    const [note] = await readdir(join(cacheDir, 'addresses'));
    for (const text of ['{', 'null', '[]', JSON.stringify({ url, sha256: '../../x', day: '2026-01-01' })]) {
      await writeFile(join(cacheDir, 'addresses', note!), text);
      expect(await fetched()).toBe('first');
      expect(lines[0]).toMatch(/^downloading/);
    }
  });
});
