import { createServer } from 'node:net';

const CANDIDATES = 50;
const STEP = 2;

/**
 * The first port of 127.0.0.1 from `wished` upwards, in steps of two, where nobody listens. Never one that the system
 * picks: those are also given to outgoing connections, so they can be gone before a child process listens.
 */
export async function freePort(wished: number): Promise<number> {
  for (let i = 0; i < CANDIDATES; i++) {
    if (await isFree(wished + STEP * i)) return wished + STEP * i;
  }
  return wished;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
