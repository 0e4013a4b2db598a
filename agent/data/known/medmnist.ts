/**
 * MedMNIST v2 (Yang et al., Scientific Data 2023): medical pictures of 28 x 28 pixels with training, validation and test
 * rows. Classes, MD5 and addresses are those of the authors' package, version 3.0.2.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { openNpz } from '../arrays/open-arrays.ts';
import type { DataRows, RawDataSet } from '../data-set.ts';
import { identityOf, type KnownPlaces, type OfficialFile, officialFile } from './official-file.ts';

export interface MedMnistSet {
  readonly name: string;
  readonly file: OfficialFile;
  readonly classes: readonly string[];
  readonly channels: 1 | 3;
}

const ORGANS = [
  ...['bladder', 'femur-left', 'femur-right', 'heart', 'kidney-left', 'kidney-right'],
  ...['liver', 'lung-left', 'lung-right', 'pancreas', 'spleen'],
];

const SIDE = 28;

function described(name: string, channels: 1 | 3, md5: string, classes: readonly string[]): MedMnistSet {
  const file = `${name}.npz`;
  const url = `https://zenodo.org/records/10519652/files/${file}?download=1`;
  return { name, file: { name: file, urls: [url], md5 }, classes, channels };
}

export const MEDMNIST: readonly MedMnistSet[] = [
  described('pathmnist', 3, 'a8b06965200029087d5bd730944a56c1', [
    ...['adipose', 'background', 'debris', 'lymphocytes', 'mucus', 'smooth muscle', 'normal colon mucosa'],
    ...['cancer-associated stroma', 'colorectal adenocarcinoma epithelium'],
  ]),
  described('dermamnist', 3, '0744692d530f8e62ec473284d019b0c7', [
    ...['actinic keratoses and intraepithelial carcinoma', 'basal cell carcinoma', 'benign keratosis-like lesions'],
    ...['dermatofibroma', 'melanoma', 'melanocytic nevi', 'vascular lesions'],
  ]),
  described('octmnist', 1, 'c68d92d5b585d8d81f7112f81e2d0842', [
    ...['choroidal neovascularization', 'diabetic macular edema', 'drusen', 'normal'],
  ]),
  described('pneumoniamnist', 1, '28209eda62fecd6e6a2d98b1501bb15f', ['normal', 'pneumonia']),
  described('retinamnist', 3, 'bd4c0672f1bba3e3a89f0e4e876791e4', ['0', '1', '2', '3', '4']),
  described('breastmnist', 1, '750601b1f35ba3300ea97c75c52ff8f6', ['malignant', 'normal, benign']),
  described('bloodmnist', 3, '7053d0359d879ad8a5505303e11de1dc', [
    ...['basophil', 'eosinophil', 'erythroblast', 'immature granulocytes', 'lymphocyte', 'monocyte', 'neutrophil'],
    'platelet',
  ]),
  described('tissuemnist', 1, 'ebe78ee8b05294063de985d821c1c34b', [
    ...['Collecting Duct, Connecting Tubule', 'Distal Convoluted Tubule', 'Glomerular endothelial cells'],
    ...[
      'Interstitial endothelial cells',
      'Leukocytes',
      'Podocytes',
      'Proximal Tubule Segments',
      'Thick Ascending Limb',
    ],
  ]),
  described('organamnist', 1, '68e3f8846a6bd62f0c9bf841c0d9eacc', ORGANS),
  described('organcmnist', 1, 'b9ceb9546e10131b32923c5bbeaea2b1', ORGANS),
  described('organsmnist', 1, '9ab87b696fb54e2a387ebe992d6ed5f1', ORGANS),
];

/**
 * From `DIR/medmnist` or `DIR`, where any rows of that format may lie, else the official file from the cache or the
 * network. Throws E_DATA_FORMAT, E_DATA_LABEL, E_DATA_HASH, E_DATA_DOWNLOAD, E_ARCHIVE_*.
 */
export async function openMedMnist(set: MedMnistSet, places: KnownPlaces): Promise<RawDataSet<DataRows>> {
  const { name, file, classes, channels } = set;
  const given = await findGiven(file.name, places.dataDir);
  const path = given ?? (await officialFile(file, 'medmnist', places));
  const { cacheDir, memoryBytes } = places;
  const sha256 = given === null ? file.md5 : await identityOf(given);
  const data = await openNpz({ name, path, sha256, cacheDir, memoryBytes, predict: 'classes', classes });
  const expected = channels === 1 ? [SIDE, SIDE] : [channels, SIDE, SIDE];
  if (String(data.train.shape) === String(expected)) return data;
  throw new SowerError(
    'E_DATA_FORMAT',
    `its rows are ${data.train.shape.join(' x ')}, those of ${name} ${expected.join(' x ')}`,
    {
      where: path,
      fix: `put the file of 28 x 28 pixels there, or say file: ${path} instead of name`,
    },
  );
}

async function findGiven(file: string, dataDir: string | null): Promise<string | null> {
  if (dataDir === null) return null;
  for (const path of [join(dataDir, 'medmnist', file), join(dataDir, file)]) {
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  return null;
}
