/** Servers that Sower cannot use: each is told by one sentence, with its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNatsServer } from '../../shared/bus/nats/find-server.ts';
import { connectBus } from '../../shared/bus/nats/index.ts';
import { describeError, SowerError } from '../../shared/kernel/errors.ts';

let folder: string;
let child: ChildProcess | null = null;
let listener: Server | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-servers-'));
});
afterEach(async () => {
  if (child !== null && child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  listener?.close();
  [child, listener] = [null, null];
  await rm(folder, { recursive: true, force: true });
});

/** Answers every connection with `greeting`. */
async function listen(greeting: string): Promise<number> {
  listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

/** A real server with arguments of one's own. */
async function serve(...args: readonly string[]): Promise<number> {
  const port = await listen('');
  listener?.close();
  const binary = await findNatsServer({ install: false, log: () => undefined });
  child = spawn(binary, ['-a', '127.0.0.1', '-p', String(port), ...args], { stdio: 'ignore' });
  return port;
}

async function refusal(port: number, timeoutMs = 5000): Promise<readonly [sentence: string, exit: number]> {
  try {
    const bus = await connectBus({ url: `nats://127.0.0.1:${port}`, name: 'visitor', timeoutMs });
    await bus.close();
  } catch (error) {
    if (error instanceof SowerError) return [describeError(error).replace(`:${port}`, ''), error.exit];
    throw error;
  }
  return ['accepted', 0];
}

describe('a server', () => {
  it('without JetStream', async () => {
    expect(await refusal(await serve())).toEqual([
      'E_NATS_NO_JETSTREAM nats://127.0.0.1: JetStream is off on this server; start it with "nats-server -js", or put a jetstream block into its configuration',
      5,
    ]);
  });

  it('that wants credentials', async () => {
    expect(await refusal(await serve('-js', '-sd', folder, '--auth', 'secret'))).toEqual([
      'E_NATS_AUTH nats://127.0.0.1: the server refused: Authorization Violation; use a server or an account that may do this: Sower brings no credentials yet',
      7,
    ]);
  });

  it('that is too old, as its greeting says', async () => {
    listener = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('INFO {"server_id":"x","version":"2.8.4","proto":1,"headers":true,"max_payload":1048576}\r\n');
      socket.on('data', (data) => String(data).includes('PING') && socket.write('PONG\r\n'));
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    expect(await refusal((listener.address() as AddressInfo).port)).toEqual([
      'E_NATS_TOO_OLD nats://127.0.0.1: nats-server 2.8.4 is older than 2.9.0; install a newer nats-server',
      5,
    ]);
  });

  it('of another kind', async () => {
    expect(await refusal(await listen('HTTP/1.1 400 Bad Request\r\n\r\n'), 500)).toEqual([
      'E_NATS_UNREACHABLE nats://127.0.0.1: no NATS server answers; start nats-server there, or give another --nats URL',
      5,
    ]);
  });
});
