import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXIT, SowerError } from '../kernel/errors.ts';
import type { MetricRegistry } from './registry.ts';

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Path -> what answers it; GET and HEAD only. */
export type HttpRoutes = Readonly<Record<string, () => HttpReply | Promise<HttpReply>>>;

export interface RunningHttp {
  /** `host:port` as bound; a port of 0 was replaced by the free one that was taken. */
  readonly address: string;
  stop(): Promise<void>;
}

/** `host:port`, `[ipv6]:port`, `:port` (all interfaces) or `port` (loopback); port 0 takes a free one. */
export function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(listen);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new SowerError('E_LISTEN', `"${listen}" is not an address to listen on`, {
      fix: 'write host:port, for example 127.0.0.1:9464, or a port alone',
      exit: EXIT.usage,
    });
  }
  const host = match[1];
  if (host === undefined) return { host: '127.0.0.1', port };
  return { host: host === '' ? '0.0.0.0' : host.replace(/^\[|\]$/g, ''), port };
}

/** Serves a handful of read-only pages. Throws E_LISTEN where the address cannot be bound. */
export async function startHttp(listen: string, routes: HttpRoutes): Promise<RunningHttp> {
  const { host, port } = parseListen(listen);
  const server = createServer((request, response) => void answer(routes, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : cause.message;
      reject(
        new SowerError('E_LISTEN', `cannot listen on ${listen}: ${why}`, {
          fix: 'choose another port, or port 0 for a free one',
          exit: EXIT.conflict,
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(routes: HttpRoutes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = await replyTo(routes, request);
  response.writeHead(reply.status, { 'content-type': reply.contentType, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

async function replyTo(routes: HttpRoutes, request: IncomingMessage): Promise<HttpReply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return textReply(405, 'only GET is answered here\n');
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return textReply(404, `no such page; try ${Object.keys(routes).join(' ')}\n`);
  try {
    return await route();
  } catch (error) {
    return textReply(500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

export function textReply(status: number, body: string): HttpReply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

export function jsonReply(status: number, value: unknown): HttpReply {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

/** The `/metrics` page. */
export function metricsRoute(metrics: MetricRegistry): () => Promise<HttpReply> {
  return async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.expose() });
}
