/**
 * Bytes from an address in a sweep file. Whoever may submit sweeps must not thereby reach what only an agent's machine can
 * reach: only http and https, never this machine or its link, and a redirect leads into a private network only within the
 * host that the person named.
 */
import { lookup as resolveHost } from 'node:dns';
import { type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { EXIT, SowerError } from '../../../shared/kernel/errors.ts';
import { reachOf } from './address.ts';

export interface FetchRules {
  /** For tests: loopback addresses are like any others. */
  readonly allowSelf?: boolean;
  /** More is the wrong file. Default 64 GiB. */
  readonly maxBytes?: number;
  /** A server that sends nothing for this long is given up. Default 20 s. */
  readonly idleMs?: number;
}

/** By which a server tells one state of a file from another (RFC 9110, section 8.8). */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface FetchedBody extends Validators {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** As the server says; null where it does not. */
  readonly bytes: number | null;
  /** Ends the connection where `pieces` are not wanted. */
  readonly close: () => void;
}

const MAX_REDIRECTS = 5;
const MAX_BYTES = 64 * 1024 ** 3;
const IDLE_MS = 20_000;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Throws E_DATA_URL where the address may not be fetched, E_DATA_DOWNLOAD where nothing comes from there. */
export async function openUrl(address: string, rules: FetchRules = {}): Promise<FetchedBody> {
  return (await openChangedUrl(address, { etag: null, lastModified: null }, rules)) as FetchedBody;
}

/** The same; null where the server says that the file is still the one with these validators. */
export async function openChangedUrl(
  address: string,
  { etag, lastModified }: Validators,
  rules: FetchRules = {},
): Promise<FetchedBody | null> {
  const conditions = {
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(lastModified === null ? {} : { 'if-modified-since': lastModified }),
  };
  const first = parseUrl(address, address);
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await ask(url, address, rules, url.hostname === first.hostname, conditions);
    const { statusCode = 0, headers } = response;
    if (REDIRECTS.includes(statusCode) && headers.location !== undefined) {
      response.destroy();
      url = parseUrl(headers.location, address, url);
      continue;
    }
    if (statusCode === 304 && (etag !== null || lastModified !== null)) {
      response.destroy();
      return null;
    }
    if (statusCode !== 200) {
      response.destroy();
      throw unreachable(url, new Error(`the server answers ${statusCode}`));
    }
    const length = headers['content-length'];
    return {
      bytes: length === undefined ? null : Number(length),
      pieces: bodyOf(response, url, rules.maxBytes ?? MAX_BYTES),
      etag: headers.etag ?? null,
      lastModified: headers['last-modified'] ?? null,
      close: () => response.destroy(),
    };
  }
  throw refuse(address, `it leads through more than ${MAX_REDIRECTS} redirects`);
}

function parseUrl(text: string, address: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null;
  const leads = base === undefined ? '' : `it redirects to ${text.slice(0, 200)}; `;
  if (url === null) throw refuse(address, `${leads}this is no address`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(address, `${leads}only http and https addresses are fetched`);
  }
  return url;
}

/** One request, without following redirects; its address is checked where the connection is made. */
function ask(
  url: URL,
  address: string,
  rules: FetchRules,
  named: boolean,
  conditions: OutgoingHttpHeaders,
): Promise<IncomingMessage> {
  const check = (ip: string) => refusalOf(ip, url, address, rules, named);
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const problem = isIP(literal) === 0 ? null : check(literal);
  if (problem !== null) return Promise.reject(problem);
  const lookup: LookupFunction = (host, options, done) => {
    resolveHost(host, { ...options, all: true }, (error, found) => {
      const [first] = found ?? [];
      const refused = error ?? found.map((place) => check(place.address)).find((one) => one !== null);
      if (refused !== undefined || first === undefined) done(refused ?? new Error('it has no address'), []);
      else if (options.all === true) done(null, found);
      else done(null, first.address, first.family);
    });
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const sent = send(url, { lookup, headers: { accept: '*/*', 'user-agent': 'sower', ...conditions }, agent: false });
    let answer: IncomingMessage | null = null;
    sent.setTimeout(rules.idleMs ?? IDLE_MS, () => (answer ?? sent).destroy(new Error('the server says nothing')));
    sent.once('response', (response) => {
      answer = response;
      resolve(response);
    });
    sent.on('error', (error) => reject(error instanceof SowerError ? error : unreachable(url, error)));
    sent.end();
  });
}

function refusalOf(ip: string, url: URL, address: string, rules: FetchRules, named: boolean): SowerError | null {
  const reach = reachOf(ip);
  if (reach === 'public' || (reach === 'private' && named) || (reach === 'self' && rules.allowSelf === true)) {
    return null;
  }
  const whose = { self: 'the machine itself', local: 'a link-local address', private: 'a private network' }[reach];
  return refuse(address, `it ${named ? 'names' : 'redirects to'} ${url.hostname} (${ip}), which is ${whose}`);
}

async function* bodyOf(response: IncomingMessage, url: URL, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw refuse(url.href, `it sends more than ${maxBytes} bytes`);
      yield piece;
    }
  } catch (error) {
    throw error instanceof SowerError ? error : unreachable(url, error);
  }
}

function refuse(where: string, message: string): SowerError {
  return new SowerError('E_DATA_URL', message, {
    where,
    fix: 'give the address where the file itself lies, or store the file with "sower data push"',
  });
}

function unreachable(url: URL, cause: unknown): SowerError {
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
  return new SowerError('E_DATA_DOWNLOAD', `cannot download the data: ${reason}`, {
    where: url.href,
    fix: 'connect this machine to the network, or store the file with "sower data push"',
    exit: EXIT.unreachable,
    cause,
  });
}
