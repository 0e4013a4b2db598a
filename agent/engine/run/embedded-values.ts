/** Values that an embedding looks up, which have to be whole numbers within its table. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { EmbeddingConfig } from '../../../shared/sweep/train.ts';
import type { Examples, Structure } from '../port.ts';

/** Throws SowerError E_DATA_VALUE, naming the row, where the model begins with an embedding that lacks a value. */
export function checkEmbeddedValues({ layers, preprocessing }: Structure, { features, rows }: Examples): void {
  const embedding = layers.find((layer): layer is EmbeddingConfig => layer.type === 'embedding');
  if (embedding === undefined) return;
  const { numEmbeddings } = embedding;
  const width = features.length / rows;
  const numberAt = (all: number | readonly number[], i: number): number =>
    typeof all === 'number' ? all : all[Math.floor(((i % width) * all.length) / width)]!;
  const looksUp = (value: number, i: number): number =>
    Math.fround((value - numberAt(preprocessing.shift, i)) * numberAt(preprocessing.scale, i));
  const stray = features.findIndex((value, i) => {
    const index = looksUp(value, i);
    return !(Number.isInteger(index) && index >= 0 && index < numEmbeddings);
  });
  if (stray === -1) return;
  const value = looksUp(features[stray]!, stray);
  throw new SowerError(
    'E_DATA_VALUE',
    `row ${Math.floor(stray / width)} has the value ${value}, which an embedding of ${numEmbeddings} does not hold`,
    { fix: `give whole numbers from 0 to ${numEmbeddings - 1}, unscaled, or raise num_embeddings` },
  );
}
