/** The agent's side of a slot: a process that is started again, whatever keeps it from running. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { AGENT_LIMITS } from '../../agent/core/limits.ts';
import { Slot } from '../../agent/shell/slot.ts';
import { systemClock } from '../../shared/kernel/system-clock.ts';
import { keepingFreedMemory } from '../../shared/process/freed-memory.ts';
import { processEntry } from '../../shared/process/package-root.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };

function openSlot(settings: { dataDir: string | null }) {
  const said: string[] = [];
  const slot = new Slot({
    entry: processEntry('slot'),
    settings: { slot: 0, device: 'cpu', threads: 1, cacheDir: '/nonexistent', ...settings },
    limits: { ...AGENT_LIMITS, restartMs: 1, restartMaxMs: 20 },
    clock: systemClock,
    log: (_, message) => void said.push(message),
    onChange: () => undefined,
  });
  return { slot, said };
}

it('tries again where the system cannot start a process, and can be closed meanwhile', async () => {
  // More than the kernel takes as one variable of an environment: fork throws, as it does without memory.
  const { slot, said } = openSlot({ dataDir: 'x'.repeat(200_000) });
  await vi.waitFor(() => expect(said.length).toBeGreaterThan(2), PATIENCE);
  expect(said[0]).toMatch(/^slot 0: cannot start its process: .*E2BIG/);
  expect(slot.state).toBe('starting');
  await slot.close(100);
  expect(slot.state).toBe('closed');
});

it('is idle again after its process was killed', async () => {
  const { slot } = openSlot({ dataDir: null });
  expect(await slot.whenIdle(30_000)).toBe(true);
  const { pid } = slot;
  slot.kill();
  await vi.waitFor(() => expect([slot.state, slot.pid === pid]).toEqual(['idle', false]), PATIENCE);
  await slot.close(5_000);
});

it.runIf(keepingFreedMemory({}).GLIBC_TUNABLES !== undefined)(
  'starts its process so that it keeps freed memory',
  async () => {
    const { slot } = openSlot({ dataDir: null });
    expect(await slot.whenIdle(30_000)).toBe(true);
    // glibc itself takes the tunables apart where they lie.
    const given = readFileSync(`/proc/${slot.pid}/environ`, 'utf8').replaceAll('\0', ':');
    const { GLIBC_TUNABLES = '' } = keepingFreedMemory(process.env);
    expect(given).toContain(`GLIBC_TUNABLES=${GLIBC_TUNABLES}:`);
    await slot.close(5_000);
  },
);
