/** A row order over stored rows, cut where steps of the optimizer end, each piece read when it is its turn. */
import type { ExampleSource, Examples, Structure } from '../port.ts';
import { isStored, rowsOfBlock } from './examples.ts';

export interface Piece {
  readonly examples: Examples;
  /** Rows of `examples`. */
  readonly order: Int32Array;
}

/** Rows in memory are one piece; of stored ones no more are held than memory is set aside for, or than one step takes. */
export async function* piecesOf(
  structure: Structure,
  source: ExampleSource,
  rowOrder: Int32Array,
): AsyncGenerator<Piece> {
  if (!isStored(source)) {
    yield { examples: source, order: rowOrder };
    return;
  }
  const stepRows = structure.batchSize * (structure.accumulateBatches ?? 1);
  const pieceRows = Math.max(1, Math.floor(rowsOfBlock(structure) / stepRows)) * stepRows;
  for (let start = 0; start < rowOrder.length; start += pieceRows) {
    const rows = rowOrder.slice(start, start + pieceRows);
    const order = Int32Array.from({ length: rows.length }, (_, i) => i);
    yield { examples: await source.read(rows), order };
  }
}
