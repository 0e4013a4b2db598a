/** Data of a person, found on this machine, and where what is made of it is kept. */
export interface LocalData {
  /** For people and results. */
  readonly name: string;
  /** Of a file or folder; absolute. */
  readonly path: string;
  /** Of its contents. */
  readonly sha256: string;
  readonly cacheDir: string;
  /** A part of a data set that takes more stays on disk. Default: all is read into memory. */
  readonly memoryBytes?: number | undefined;
}
