import { execFile } from 'node:child_process';
import type { GpuState } from '../../shared/protocol/index.ts';
import { GPU_QUERY, parseGpuQuery } from '../core/gpu/nvidia-smi.ts';

const PATIENCE_MS = 10_000;

/** The machine's GPUs as nvidia-smi sees them now; none where there is no nvidia-smi or it fails. */
export function queryGpus(command = 'nvidia-smi'): Promise<readonly GpuState[]> {
  const args = [`--query-gpu=${GPU_QUERY}`, '--format=csv,noheader,nounits'];
  return new Promise((resolve) => {
    execFile(command, args, { timeout: PATIENCE_MS, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? parseGpuQuery(stdout) : []);
    });
  });
}
