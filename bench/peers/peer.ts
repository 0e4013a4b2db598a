/** A Python process that trains the workload on request; one contestant per variant it offers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Contestant } from '../engine/workload.ts';

interface PeerOptions {
  readonly python: string;
  readonly script: string;
  readonly folder: string;
  readonly stepsPerRound: number;
}

export interface Peer {
  readonly library: string;
  readonly contestants: readonly Contestant[];
  close(): Promise<void>;
}

export async function openPeer({ python, script, folder, stepsPerRound }: PeerOptions): Promise<Peer> {
  const threads = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(python, [script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...threads, TORCHINDUCTOR_CACHE_DIR: folder },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended before it answered`);
    return JSON.parse(value);
  };
  const { library, losses } = (await next()) as { library: string; losses: Record<string, number[]> };
  const close = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  };
  const contestants = Object.entries(losses).map(
    ([variant, firstLosses]): Contestant => ({
      name: `${library}, ${variant}`,
      firstLosses,
      stepsPerRound,
      async train() {
        child.stdin.write(`${variant}\n`);
        await next();
      },
      close: async () => {},
    }),
  );
  return { library, contestants, close };
}
