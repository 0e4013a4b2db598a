import { connect } from 'node:net';

export interface ServerGreeting {
  readonly serverName: string;
  readonly version: string;
  readonly jetstream: boolean;
}

/**
 * Connects to a loopback port and reads the line with which every NATS server greets; null where nobody, or somebody
 * else, answers in time. The line comes only after the server has opened its streams.
 */
export function readGreeting(port: number, timeoutMs: number): Promise<ServerGreeting | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    const finish = (greeting: ServerGreeting | null) => {
      socket.destroy();
      resolve(greeting);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => finish(null));
    socket.on('error', () => finish(null));
    socket.on('close', () => finish(null));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) finish(parseGreeting(text.slice(0, text.indexOf('\n'))));
    });
  });
}

function parseGreeting(line: string): ServerGreeting | null {
  if (!line.startsWith('INFO {')) return null;
  try {
    const info = JSON.parse(line.slice('INFO '.length)) as Record<string, unknown>;
    return {
      serverName: String(info.server_name ?? ''),
      version: String(info.version ?? ''),
      jetstream: info.jetstream === true,
    };
  } catch {
    return null;
  }
}
