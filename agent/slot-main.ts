/**
 * The process of one slot: trains what its agent orders over the IPC channel, and ends with it. Whatever kills the agent
 * closes the channel, so no orphan goes on training.
 */
import { EXIT } from '../shared/kernel/errors.ts';
import type { SlotNews, SlotOrder, SlotSettings } from './shell/slot-protocol.ts';
import { serveSlot } from './slot/serve-slot.ts';
import { createTrainers } from './trainers/registry.ts';

/** Long enough for a message to cross a pipe to a living parent. */
const FLUSH_TIMEOUT_MS = 2_000;

function main(): void {
  const settingsText = process.env.SOWER_SLOT;
  if (settingsText === undefined || process.send === undefined) {
    process.stderr.write('a slot is started by its agent: type "sower agent start"\n');
    process.exit(EXIT.usage);
  }
  const settings = JSON.parse(settingsText) as SlotSettings;

  let unsent = 0;
  let leaving = false;
  const leaveWhenSent = () => {
    if (leaving && unsent === 0) process.exit(EXIT.ok);
  };
  const send = (news: SlotNews) => {
    unsent++;
    process.send?.(news, undefined, undefined, () => {
      unsent--;
      leaveWhenSent();
    });
  };
  const leave = () => {
    leaving = true;
    leaveWhenSent();
    setTimeout(() => process.exit(EXIT.ok), FLUSH_TIMEOUT_MS).unref();
  };

  const notify = (line: string) => send({ type: 'note', line });
  const server = serveSlot(createTrainers({ ...settings, notify }), send, leave);
  process.on('disconnect', () => process.exit(EXIT.ok));
  process.on('message', (order) => server.take(order as SlotOrder));
  // Ctrl-C reaches every process of the terminal; what becomes of a running trial is the agent's decision.
  process.on('SIGINT', () => undefined);
  send({ type: 'ready', engine: 'ort', provider: settings.provider ?? 'cpu' });
}

main();
