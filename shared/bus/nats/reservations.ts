import type { StreamInfo } from '@nats-io/jetstream';
import type { Link } from './link.ts';
import { isStoreFull, isStreamTaken } from './nats-errors.ts';

/** Disk that a stream asks the server to keep for it. */
export interface Reservation {
  /** Name of the stream. */
  readonly stream: string;
  readonly wantedBytes: number;
  readonly create: (maxBytes: number) => Promise<unknown>;
}

/** Below this a stream is not worth having; then the disk is too small. */
const SMALLEST_BYTES = 16 * 1024 * 1024;

/**
 * Creates the stream. Where the server has no room for it, the largest reservation is halved until it has: that of this
 * stream, or of another of `ours` that holds nothing yet. So a small disk is shared by all streams instead of going to
 * the first ones whole. Another process may do the same at the same time: `create`
 * is called again where it found the stream missing and made by somebody else meanwhile.
 */
export async function reserve(
  link: Link,
  { stream, wantedBytes, create }: Reservation,
  ours: ReadonlySet<string>,
): Promise<void> {
  let outrun = false;
  for (let bytes = wantedBytes; ; ) {
    try {
      await create(bytes);
      return;
    } catch (error) {
      if (isStreamTaken(error) && !outrun) {
        outrun = true;
        continue;
      }
      if (!isStoreFull((error as Error).cause)) throw error;
      const other = await largestEmpty(link, stream, ours);
      const otherBytes = other?.config.max_bytes ?? 0;
      if (Math.max(bytes, otherBytes) < 2 * SMALLEST_BYTES) throw error;
      if (other === null || bytes >= otherBytes) bytes = Math.floor(bytes / 2);
      else await shrink(link, other);
    }
  }
}

/** The stream among `ours` that reserves most and holds nothing; null where there is none. */
async function largestEmpty(link: Link, except: string, ours: ReadonlySet<string>): Promise<StreamInfo | null> {
  const infos = await link.settle(async () => {
    const found: StreamInfo[] = [];
    for await (const info of link.jsm.streams.list()) found.push(info);
    return found;
  });
  const empty = infos.filter(
    ({ config, state }) => ours.has(config.name) && config.name !== except && state.messages === 0,
  );
  return empty.sort((a, b) => b.config.max_bytes - a.config.max_bytes)[0] ?? null;
}

async function shrink(link: Link, { config }: StreamInfo): Promise<void> {
  const max_bytes = Math.floor(config.max_bytes / 2);
  await link.settle(() => link.jsm.streams.update(config.name, { max_bytes }));
}
