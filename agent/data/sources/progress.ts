import { formatBytes } from '../../../shared/view/format.ts';

/** Below this a transfer is over before a line about it is read. */
const LARGE_BYTES = 16e6;
/** Lines in one transfer. */
const LINES = 4;

/** Hands pieces on; of a large transfer, says now and then how far it is. */
export async function* noteProgress(
  pieces: AsyncIterable<Uint8Array>,
  total: number | null,
  notify: (line: string) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  let said = 0;
  for await (const piece of pieces) {
    yield piece;
    done += piece.length;
    if (total === null || total < LARGE_BYTES) continue;
    const share = Math.floor((done / total) * LINES);
    if (share <= said || share >= LINES) continue;
    said = share;
    notify(`  ${formatBytes(done)} of ${formatBytes(total)}`);
  }
}
