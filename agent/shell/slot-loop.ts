/** The life of one slot: wait until its process is idle, pull one item, run it, pull the next. */
import type { Delivery } from '../../shared/bus/port.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import { ItemRunner } from './item-runner.ts';
import type { AgentParts } from './parts.ts';
import { pause } from './persist.ts';
import { textOf } from './publisher.ts';
import type { Slot } from './slot.ts';

export interface SlotLoopOptions {
  readonly slot: Slot;
  readonly slotNumber: number;
  readonly parts: AgentParts;
  /** Items held now; the loop adds and removes its own. */
  readonly held: Set<ItemRunner>;
  /** False while the agent is cut off from the server: it pulls nothing that it could not keep. */
  readonly isLeased: () => boolean;
  /** The slot works on another item, or on none (null). */
  readonly onItem: (runner: ItemRunner | null) => void;
  /** Fires when the agent pulls no more. */
  readonly draining: AbortSignal;
}

/** Streams or the pool's consumer are not there. */
const MISSING = ['E_POOL_MISSING', 'E_NATS_NOT_PROVISIONED'];

/** Resolves when the loop has ended; items it started may still be unanswered (they are in `held`). */
export async function runSlotLoop(options: SlotLoopOptions): Promise<void> {
  const { slot, slotNumber, parts, held, draining, onItem } = options;
  let before: ItemRunner | null = null;
  const over = ended(parts.ended);
  while (!draining.aborted) {
    if (!(await slot.whenIdle(parts.limits.pullMs))) {
      if (slot.state === 'closed') return;
      continue;
    }
    const delivery = await pull(options);
    if (delivery === null) continue;
    if (draining.aborted) {
      await delivery.release().catch((error: unknown) => parts.log('debug', `cannot release: ${textOf(error)}`));
      return;
    }
    const same = [...held].find((runner) => runner.isOf(delivery.item));
    if (same !== undefined) {
      same.adopt(delivery);
      continue;
    }
    const runner = new ItemRunner(delivery, slot, slotNumber, parts);
    held.add(runner);
    void runner.answered.then(() => held.delete(runner));
    onItem(runner);
    void runner.start().catch(parts.onFault);
    await Promise.race([runner.slotFreed, over]);
    onItem(null);
    // One item may be on its way out while the next one runs: the pool's in-flight limit is two items a slot.
    if (before !== null) await Promise.race([before.answered, over]);
    before = runner;
  }
}

async function pull({ parts, draining, isLeased }: SlotLoopOptions): Promise<Delivery | null> {
  const { bus, pool, limits, log } = parts;
  if (!isLeased()) {
    await pause(limits.retryMs, draining);
    return null;
  }
  try {
    return await bus.queue.pull(pool, limits.pullMs, draining);
  } catch (error) {
    if (!draining.aborted) log('warn', `cannot pull: ${textOf(error)}`);
    if (error instanceof SowerError && MISSING.includes(error.code)) await reopen(parts);
    await pause(limits.retryMs, draining);
    return null;
  }
}

/** Somebody deleted the streams or the server lost its store: make what is missing again. */
async function reopen({ bus, pool, log, openPool }: AgentParts): Promise<void> {
  try {
    await bus.provision();
    await openPool();
  } catch (error) {
    log('warn', `cannot open pool ${pool} again: ${textOf(error)}`);
  }
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
