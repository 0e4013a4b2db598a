import { z } from 'zod';
import { section } from '../shape.ts';
import type { DataConfig, DataFile, DataFormat } from './data-config.ts';
import { DATA_SETS, type DataSetName } from './known-data.ts';
import { prepareStep, prepareStepConfig } from './prepare.ts';
import { asPair, present, sizePair } from './values.ts';

const FORMATS = ['csv', 'tsv', 'npz', 'npy', 'images'] as const satisfies readonly DataFormat[];

const dataSetName = z.enum(Object.keys(DATA_SETS) as [DataSetName, ...DataSetName[]]);
const rowsOrShare = z.number().gt(0).describe('A number of rows, or, below 1, a share of the rows.');
const channels = z.union([z.literal(1), z.literal(3)]);

const dataSection = section({
  name: dataSetName.optional().describe('A data set that Sower draws or knows.'),
  file: z.string().min(1).optional().describe("A file or folder beside the sweep file, or in an agent's data folder."),
  url: z.string().min(1).optional().describe('Where agents fetch the file.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('Hash of the contents; filled in when the sweep is submitted.'),
  format: z.enum(FORMATS).optional().describe("Default: from the file's ending; of a folder, images."),
  target: z.string().min(1).optional().describe('The column of a table that is predicted. Default: the last.'),
  predict: z.enum(['classes', 'numbers']).optional().describe('What the target holds. Default classes.'),
  columns: z
    .record(z.string(), z.enum(['number', 'category', 'ignore']))
    .optional()
    .describe('Types of columns. Default: number where every cell that is not missing is one.'),
  delimiter: z.string().length(1).optional().describe('Between the cells of a table. Default: found out.'),
  header: z.boolean().optional().describe('Whether the first line names the columns. Default: found out.'),
  size: sizePair.optional().describe('Height and width that images are resized to.'),
  channels: channels.optional().describe('Of images: 1 (grey) or 3 (colour).'),
  classes: z
    .array(z.int().min(0))
    .min(2)
    .optional()
    .describe('Use rows of these classes only, counted from 0; they are numbered anew in this order.'),
  split: section({
    train: rowsOrShare.optional(),
    validation: rowsOrShare.optional(),
    test: rowsOrShare.optional().describe('Only where the data has no test rows of its own.'),
    stratified: z.boolean().optional().describe('Each part holds the classes in the shares of the whole.'),
    seed: z.int().min(0).optional().describe('Another one puts other rows into the parts.'),
  })
    .optional()
    .describe('Which rows to train on, to validate on and to test on; rows in none are left out.'),
  scale: z.enum(['unit', 'none']).optional().describe('Pixels divided by 255 inside the model (unit), or as they are.'),
  prepare: z
    .array(prepareStep)
    .max(64)
    .optional()
    .describe('Steps between stored rows and model; statistics are those of the training rows.'),
});

/** A data set, by name or with its split. */
export const data = z.union([dataSetName, dataSection]);

export type WrittenData = z.output<typeof dataSection>;

export function dataConfig(written: z.output<typeof data>): DataConfig {
  if (typeof written === 'string') return { name: written, file: null, split: {}, scale: 'unit', prepare: [] };
  const { name, size, channels, classes, split = {}, scale = 'unit', prepare = [] } = written;
  return {
    name: name ?? nameOf(written),
    file: name === undefined ? fileConfig(written) : null,
    ...(size === undefined ? {} : { size: asPair(size) }),
    ...present({ channels, classes }),
    split: present(split),
    scale,
    prepare: prepare.map(prepareStepConfig).filter((step) => step !== null),
  };
}

function fileConfig(written: WrittenData): DataFile {
  const { file, url, sha256, target, predict = 'classes', columns = {}, delimiter, header } = written;
  const format = written.format ?? formatOf(file ?? url ?? '');
  return { format, predict, columns, ...present({ path: file, url, sha256, target, delimiter, header }) };
}

/** The last part of a path or address, without what only its server reads. */
function lastPart(place: string): string {
  return (
    place
      .replace(/[?#].*$/, '')
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  );
}

/** `pima-dirty.csv` is `pima-dirty`; what has neither path nor address is called after its hash. */
function nameOf({ file, url, sha256 = '' }: WrittenData): string {
  const name = lastPart(file ?? url ?? '').replace(/(\.(csv|tsv|txt|npz|npy|zip))?(\.gz)?$/i, '');
  return name === '' ? sha256.slice(0, 12) : name;
}

function formatOf(place: string): DataFormat {
  const ending = /\.([a-z0-9]+)(\.gz)?$/i.exec(lastPart(place))?.[1]?.toLowerCase();
  switch (ending) {
    case 'csv':
    case 'txt':
      return 'csv';
    case 'tsv':
    case 'tab':
      return 'tsv';
    case 'npz':
      return 'npz';
    case 'npy':
      return 'npy';
    default:
      return 'images';
  }
}
