import { OBJECTS, STREAM } from '../../protocol/index.ts';
import type { Bus } from '../port.ts';
import { type ConnectOptions, openLink } from './connection.ts';
import { createControlLine } from './control-line.ts';
import { createDoneLedger } from './done-ledger.ts';
import { createEventLog } from './event-log.ts';
import { createLeaderLease } from './leader-lease.ts';
import type { Link } from './link.ts';
import { createObjectShelf } from './object-shelf.ts';
import { createPresenceBoard } from './presence-board.ts';
import { provision } from './provision.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createReportFeed } from './report-feed.ts';
import { createSweepShelf } from './sweep-shelf.ts';
import { createWorkQueue } from './work-queue.ts';

const FLUSH_MS = 5_000;
const DRAIN_MS = 2_000;

/** The bus over one NATS connection. Rejects with E_NATS_UNREACHABLE (exit code 5) where no server answers in time. */
export async function connectBus(options: ConnectOptions): Promise<Bus> {
  const link = await openLink(options);
  const events = createPublisher(link, STREAM.events);
  const done = createPublisher(link, STREAM.done);
  const trials = createPublisher(link, STREAM.trials);
  let closing: Promise<void> | null = null;
  return {
    events: createEventLog(link, events),
    done: createDoneLedger(link, done),
    queue: createWorkQueue(link, trials),
    reports: createReportFeed(link),
    presence: createPresenceBoard(link),
    lead: createLeaderLease(link),
    sweeps: createSweepShelf(link),
    models: createObjectShelf(link, OBJECTS.models),
    data: createObjectShelf(link, OBJECTS.data),
    control: createControlLine(link),
    serverVersion: link.nc.info?.version ?? '',
    url: link.url,
    provision: () => provision(link),
    async roundTripMs() {
      const sentAt = performance.now();
      await link.settle(() => link.nc.flush(), FLUSH_MS);
      return performance.now() - sentAt;
    },
    onStatus: (listener) => link.onStatus(listener),
    close() {
      closing ??= shut(link, [events, done, trials]);
      return closing;
    },
  };
}

/** What was published is confirmed first, as far as the server answers; then the connection ends. */
async function shut(link: Link, publishers: readonly Publisher[]): Promise<void> {
  await Promise.all(publishers.map((publisher) => publisher.flush(FLUSH_MS)));
  const up = link.isUp();
  link.end();
  if (up) {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([link.nc.drain().catch(() => undefined), patience]);
    clearTimeout(timer);
  }
  await link.nc.close();
}
