import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachOf } from '../../../../agent/data/sources/address.ts';
import { type FetchRules, openUrl } from '../../../../agent/data/sources/fetch-url.ts';
import { describeError, SowerError } from '../../../../shared/kernel/errors.ts';

const PLACES: Readonly<Record<string, string>> = {
  '/to-file': 'file:///etc/passwd',
  '/to-private': 'http://10.1.2.3/data.csv',
  '/to-link-local': 'http://169.254.169.254/latest/meta-data/',
  '/to-ipv6': 'http://[fd00::1]/x',
  '/to-mapped': 'http://[::ffff:192.168.1.1]/x',
  '/to-nothing': 'http://',
  '/loop': '/loop',
  '/near': '/good',
};

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    const location = PLACES[path];
    if (location !== undefined) response.writeHead(302, { location }).end();
    else if (path === '/good') response.end('rows');
    else if (path === '/endless') response.end(Buffer.alloc(200_000));
    else if (path === '/silent') response.write('a');
    else if (path === '/cut') {
      response.writeHead(200, { 'content-length': 100 });
      response.write('a');
      setImmediate(() => response.destroy());
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(
  () =>
    new Promise<unknown>((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

async function outcome(url: string, rules: FetchRules = { allowSelf: true }): Promise<string> {
  try {
    const { pieces } = await openUrl(url, rules);
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all).toString();
  } catch (error) {
    if (error instanceof SowerError) return describeError(error).replaceAll(origin, 'ORIGIN');
    throw error;
  }
}

const FIX = 'give the address where the file itself lies, or store the file with "sower data push"';

describe('an address of data', () => {
  it('is fetched, also through a redirect', async () => {
    expect(await outcome(`${origin}/good`)).toBe('rows');
    expect(await outcome(`${origin}/near`)).toBe('rows');
  });

  it.each([
    ['file:///etc/passwd', 'only http and https addresses are fetched'],
    ['ftp://example.org/x', 'only http and https addresses are fetched'],
    ['data.csv', 'this is no address'],
    ['http://127.0.0.1:9/x', 'it names 127.0.0.1 (127.0.0.1), which is the machine itself'],
    ['http://[::1]:9/x', 'it names [::1] (::1), which is the machine itself'],
    ['http://0x7f.1:9/x', 'it names 127.0.0.1 (127.0.0.1), which is the machine itself'],
    ['http://169.254.169.254/x', 'it names 169.254.169.254 (169.254.169.254), which is a link-local address'],
  ])('is refused: %s', async (url, message) => {
    expect(await outcome(url, {})).toBe(`E_DATA_URL ${url}: ${message}; ${FIX}`);
  });

  it('is refused where its name leads to the machine itself', async () => {
    expect(await outcome(origin.replace('127.0.0.1', 'localhost'), {})).toMatch(
      /^E_DATA_URL http:\/\/localhost:\d+: it names localhost \((127\.0\.0\.1|::1)\), which is the machine itself/,
    );
  });

  it.each([
    ['/to-file', 'it redirects to file:///etc/passwd; only http and https addresses are fetched'],
    ['/to-private', 'it redirects to 10.1.2.3 (10.1.2.3), which is a private network'],
    ['/to-link-local', 'it redirects to 169.254.169.254 (169.254.169.254), which is a link-local address'],
    ['/to-ipv6', 'it redirects to [fd00::1] (fd00::1), which is a private network'],
    ['/to-mapped', 'it redirects to [::ffff:c0a8:101] (::ffff:c0a8:101), which is a private network'],
    ['/to-nothing', 'it redirects to http://; this is no address'],
    ['/loop', 'it leads through more than 5 redirects'],
  ])('is refused where it redirects: %s', async (path, message) => {
    expect(await outcome(`${origin}${path}`)).toBe(`E_DATA_URL ORIGIN${path}: ${message}; ${FIX}`);
  });

  it('has limits', async () => {
    expect(await outcome(`${origin}/endless`, { allowSelf: true, maxBytes: 100_000 })).toMatch(
      /^E_DATA_URL .*it sends more than 100000 bytes/,
    );
    expect(await outcome(`${origin}/silent`, { allowSelf: true, idleMs: 100 })).toMatch(
      /^E_DATA_DOWNLOAD .*the server says nothing/,
    );
  });

  it('says why nothing comes', async () => {
    expect(await outcome(`${origin}/absent`)).toMatch(/^E_DATA_DOWNLOAD ORIGIN\/absent: .*the server answers 404/);
    expect(await outcome(`${origin}/cut`)).toMatch(/^E_DATA_DOWNLOAD ORIGIN\/cut: cannot download the data: aborted/);
  });
});

it('tells networks apart', () => {
  const of = (...addresses: string[]) => addresses.map(reachOf);
  expect(new Set(of('127.1.2.3', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1'))).toEqual(new Set(['self']));
  expect(new Set(of('169.254.1.1', 'fe80::1', '224.0.0.1', '255.255.255.255', 'ff02::1'))).toEqual(new Set(['local']));
  expect(
    new Set(of('10.0.0.1', '172.31.0.1', '192.168.0.1', '100.64.0.1', 'fd12::1', '::ffff:a00:1', '64:ff9b::a00:1')),
  ).toEqual(new Set(['private']));
  expect(new Set(of('1.1.1.1', '172.32.0.1', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::808:808'))).toEqual(
    new Set(['public']),
  );
});
