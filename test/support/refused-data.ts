/** Data as a person brings it, and what they are told. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openData } from '../../agent/data/index.ts';
import { describeError, SowerError } from '../../shared/kernel/errors.ts';
import { dataConfig } from '../../shared/sweep/index.ts';
import type { WrittenData } from '../../shared/sweep/train/data.ts';

export type Files = Readonly<Record<string, Uint8Array | string>>;

export interface DataRig {
  readonly folder: string;
  /** What is said to whoever asks for this data after `files` were put into the folder, which is written as `~`. */
  said(asked: WrittenData, files?: Files): Promise<string>;
  close(): Promise<void>;
}

export async function openDataRig(): Promise<DataRig> {
  const folder = await mkdtemp(join(tmpdir(), 'sower-refused-data-'));
  return {
    folder,
    said: async (asked, files = {}) => {
      for (const [name, bytes] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), bytes);
      }
      try {
        const { train } = await openData(dataConfig(asked), { dataDir: folder, cacheDir: join(folder, 'cache') });
        return `accepted: ${train.rows} rows of ${train.shape.join(' x ')}`;
      } catch (error) {
        if (error instanceof SowerError) return describeError(error).replaceAll(folder, '~');
        throw error;
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
