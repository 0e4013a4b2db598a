import { availableParallelism, totalmem } from 'node:os';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { processEntry } from '../../shared/process/package-root.ts';
import type { GpuState } from '../../shared/protocol/index.ts';
import type { AgentLimits } from '../core/limits.ts';
import type { ProviderWish } from '../engine/index.ts';
import { cacheFolder } from './home.ts';
import type { SlotPlace } from './presence.ts';
import { Slot } from './slot.ts';

export interface SlotsOptions {
  /** Null = one for each GPU, else one for each CPU core. */
  readonly count: number | null;
  readonly gpus: readonly GpuState[];
  readonly home: string;
  readonly dataDir: string | null;
  readonly provider: ProviderWish;
  readonly limits: AgentLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

/** Of the machine's memory, shared by its slots, what one part of a data set may take. */
const DATA_SHARE = 0.25;

/** Starts the processes of all slots. More slots than GPUs share them in turn. */
export function openSlots(options: SlotsOptions): readonly SlotPlace[] {
  const { gpus, home, dataDir, provider, limits, clock, log, onChange } = options;
  if (gpus.length > 0 && provider === 'cpu') {
    const names = gpus.map((gpu) => `${gpu.index}: ${gpu.name}`).join(', ');
    log('warn', `GPUs found (${names}), but trials are trained on the CPU; say --provider cuda to use them`);
  }
  const count = options.count ?? (gpus.length > 0 ? gpus.length : availableParallelism());
  return Array.from({ length: count }, (_, slot) => {
    const gpu = gpus[slot % Math.max(1, gpus.length)];
    const device = gpu === undefined ? 'cpu' : `cuda:${gpu.index}`;
    const settings = {
      slot,
      device,
      threads: 1,
      dataDir,
      cacheDir: cacheFolder(home),
      provider,
      memoryBytes: Math.floor((DATA_SHARE * totalmem()) / count),
      checkpointMs: limits.checkpointMs,
    };
    return {
      slot: new Slot({ entry: processEntry('slot'), settings, limits, clock, log, onChange }),
      device,
      runner: null,
    };
  });
}
