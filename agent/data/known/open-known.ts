/** Data sets that Sower draws, or knows where to find. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { DATA_SETS } from '../../../shared/sweep/index.ts';
import type { DataConfig } from '../../../shared/sweep/train/data-config.ts';
import { openCharacters } from '../characters/characters.ts';
import { openCollisions } from '../collisions/collisions.ts';
import { openOriginalCollisions } from '../collisions/original.ts';
import type { DataRows, RawDataSet } from '../data-set.ts';
import { openDigits } from '../digits/digits.ts';
import { EMNIST, EMNIST_DIGITS, openEmnist } from './emnist.ts';
import { MEDMNIST, openMedMnist } from './medmnist.ts';
import { type MnistPlaces, openFashionMnist, openMnist } from './mnist.ts';
import { pairDigits } from './two-digit-sum.ts';

/** Throws SowerErrors E_DATA_*. */
export async function openKnown(
  { name, size, channels, prepare }: Pick<DataConfig, 'name' | 'size' | 'channels' | 'prepare'>,
  places: MnistPlaces,
): Promise<RawDataSet<DataRows>> {
  switch (name) {
    case 'digits':
      return openDigits(places.cacheDir);
    case 'characters':
      return openCharacters({ ...places, size, channels });
    case 'mnist':
      return openMnist(places);
    case 'fashion_mnist':
      return openFashionMnist(places);
    case 'two_digit_sum':
      return pairDigits(name, await openDigits(places.cacheDir));
    case 'mnist_two_digit_sum':
      return pairDigits(name, await openMnist({ ...places, ...halfOf(places.memoryBytes) }));
    case 'emnist_two_digit_sum':
      return pairDigits(name, await openEmnist(EMNIST_DIGITS, { ...places, ...halfOf(places.memoryBytes) }));
    case 'collisions':
      return openOriginalCollisions(name, prepare, places);
    case 'collisions_generated':
      return openCollisions(name, prepare);
    default: {
      const medical = MEDMNIST.find((set) => set.name === name);
      if (medical !== undefined) return openMedMnist(medical, places);
      const emnist = EMNIST.find((set) => set.name === name);
      if (emnist !== undefined) return openEmnist(emnist, places);
      throw new SowerError('E_DATA_NAME', `there is no data set "${name}"`, {
        where: 'train.data.name',
        fix: `use one of ${Object.keys(DATA_SETS).join(', ')}`,
      });
    }
  }
}

/** Pairs in memory take twice what their digits take. */
const halfOf = (memoryBytes: number | undefined) => (memoryBytes === undefined ? {} : { memoryBytes: memoryBytes / 2 });
