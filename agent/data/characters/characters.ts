import type { DataRows, RawDataSet } from '../data-set.ts';
import { hashRows } from '../data-set.ts';
import { cachedRows } from '../row-cache.ts';
import { CHARACTERS, characterLabels, drawCharacter, type ImageForm } from './draw.ts';

export const CHARACTERS_TRAIN_ROWS = 40 * CHARACTERS.length;
export const CHARACTERS_TEST_ROWS = 10 * CHARACTERS.length;

/** Changing how characters are drawn means changing this: it names what lies in caches. */
const VERSION = 1;

export interface CharacterOptions {
  readonly size?: readonly [height: number, width: number] | undefined;
  readonly channels?: 1 | 3 | undefined;
  readonly cacheDir: string;
  readonly memoryBytes?: number | undefined;
}

/** Rows drawn at the size asked for (64 x 64 and in colour unless told otherwise), kept in the cache. */
export async function openCharacters(options: CharacterOptions): Promise<RawDataSet<DataRows>> {
  const { size: [height, width] = [64, 64], channels = 3, cacheDir, memoryBytes } = options;
  const form = { height, width, channels };
  const open = (part: string, count: number) => openPart(part, count, form, { cacheDir, memoryBytes });
  const train = await open('train', CHARACTERS_TRAIN_ROWS);
  const test = await open('test', CHARACTERS_TEST_ROWS);
  return { name: 'characters', train, test, classes: CHARACTERS, hash: await hashRows(train, test, CHARACTERS) };
}

function openPart(
  part: string,
  rows: number,
  form: ImageForm,
  places: Pick<CharacterOptions, 'memoryBytes'> & { readonly cacheDir: string },
): Promise<DataRows> {
  const { height, width, channels } = form;
  const labels = characterLabels(part, rows);
  return cachedRows({
    ...places,
    ...{ labels, rows, inputType: 'uint8', shape: channels === 1 ? [height, width] : [channels, height, width] },
    madeOf: ['characters', VERSION, part],
    make: async (append) => {
      const coverage = new Float64Array(height * width);
      for (let row = 0; row < rows; row++) {
        const pixels = new Uint8Array(channels * height * width);
        drawCharacter(part, row, labels[row]!, form, coverage, pixels);
        await append(pixels);
      }
    },
  });
}
