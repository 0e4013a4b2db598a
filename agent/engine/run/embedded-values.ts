/** Values that an embedding looks up, which have to be whole numbers within its table. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { EmbeddingConfig } from '../../../shared/sweep/train.ts';
import { encodeRow, encodingPlan } from '../compile/table-encoding.ts';
import type { AffinePreprocessing, Examples, Structure, TableEncoding } from '../port.ts';

/** Throws SowerError E_DATA_VALUE, naming the row, where the model begins with an embedding that lacks a value. */
export function checkEmbeddedValues({ layers, preprocessing }: Structure, { features, rows }: Examples): void {
  const embedding = layers.find((layer): layer is EmbeddingConfig => layer.type === 'embedding');
  if (embedding === undefined) return;
  const { numEmbeddings } = embedding;
  const width = features.length / rows;
  const lookedUp =
    'columns' in preprocessing ? encoded(preprocessing, features, width) : scaled(preprocessing, features, width);
  const stray = lookedUp.findIndex((index) => !(Number.isInteger(index) && index >= 0 && index < numEmbeddings));
  if (stray === -1) return;
  const value = lookedUp[stray]!;
  const row = Math.floor(stray / (lookedUp.length / rows));
  throw new SowerError(
    'E_DATA_VALUE',
    `row ${row} has the value ${value}, which an embedding of ${numEmbeddings} does not hold`,
    {
      fix: Number.isNaN(value)
        ? 'impute missing cells, or drop their rows'
        : `give whole numbers from 0 to ${numEmbeddings - 1}, unscaled, or raise num_embeddings`,
    },
  );
}

function encoded(encoding: TableEncoding, features: Examples['features'], width: number): Float32Array {
  const plan = encodingPlan(encoding, width);
  const rows = features.length / width;
  const all = new Float32Array(rows * plan.entries.length);
  for (let row = 0; row < rows; row++) encodeRow(plan, features, row * width, all, row * plan.entries.length);
  return all;
}

function scaled({ shift, scale }: AffinePreprocessing, features: Examples['features'], width: number): Float32Array {
  const numberAt = (all: number | readonly number[], i: number): number =>
    typeof all === 'number' ? all : all[Math.floor(((i % width) * all.length) / width)]!;
  return Float32Array.from(features, (value, i) => (value - numberAt(shift, i)) * numberAt(scale, i));
}
