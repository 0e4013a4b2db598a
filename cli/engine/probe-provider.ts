/**
 * What a provider of the training engine can do on this machine, found out in processes that may die of it. This process
 * loads no engine, which is why only types and the list of needs come from there.
 */
import { execa } from 'execa';
import type { EngineIdentity, ProbeResult, Provider, Trial } from '../../agent/engine/index.ts';
import { probeNeeds } from '../../agent/engine/run/probe/rows.ts';
import { processEntry } from '../../shared/process/package-root.ts';

/** `crashes`: it ended the whole process. */
export type FoundOp = Omit<ProbeResult, 'verdict'> & { readonly verdict: ProbeResult['verdict'] | 'crashes' };

export interface ProviderReport {
  readonly provider: Provider;
  /** Why it cannot train at all; null where it does. */
  readonly fault: string | null;
  /** Empty where the provider does not start. */
  readonly ops: readonly FoundOp[];
}

const TIMEOUT_MS = 300_000;

/** What became of opening the second engine. */
export type TfjsTrial =
  | { readonly works: true; readonly identity: EngineIdentity }
  | { readonly works: false; readonly reason: string; readonly fix: string | null };

export async function openTfjsInProcess(): Promise<TfjsTrial> {
  const { lines, fault } = await runProbe('tfjs');
  const [trial] = lines as readonly TfjsTrial[];
  return trial ?? { works: false, reason: `the process that opened it ${fault}`, fix: null };
}

/** Trains a tiny model there. */
export async function tryInProcess(provider: Provider): Promise<Trial> {
  const { lines, fault } = await runProbe('try', provider);
  const [trial] = lines as readonly Trial[];
  return trial ?? { works: false, reason: `the process that tried it ${fault}` };
}

export async function probeInProcesses(provider: Provider): Promise<ProviderReport> {
  const trial = await tryInProcess(provider);
  if (!trial.works) return { provider, fault: trial.reason, ops: [] };
  const ops: FoundOp[] = [];
  while (ops.length < probeNeeds.length) {
    const { lines, fault } = await runProbe('ops', provider, String(ops.length));
    ops.push(...(lines as readonly ProbeResult[]));
    // The next row is the one that it died of.
    const need = probeNeeds[ops.length];
    if (need !== undefined) ops.push({ need, verdict: 'crashes', reason: `the process ${fault}` });
  }
  return { provider, fault: null, ops };
}

async function runProbe(...args: readonly string[]): Promise<{ lines: readonly unknown[]; fault: string }> {
  const result = await execa(process.execPath, [processEntry('probe'), ...args], {
    reject: false,
    timeout: TIMEOUT_MS,
    // What drivers write there is for their authors; the reasons come as results.
    stderr: 'ignore',
  });
  const lines = result.stdout.split('\n').filter((line) => line.startsWith('{'));
  const fault = result.timedOut
    ? `took longer than ${TIMEOUT_MS / 1000} s`
    : `ended by ${result.signal ?? `exit code ${result.exitCode}`}`;
  return { lines: lines.map((line) => JSON.parse(line) as unknown), fault };
}
