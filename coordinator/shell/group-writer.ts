import type { FileHandle } from 'node:fs/promises';

/** Appends lines in groups: while one group is being fsynced the next one gathers. After a failure it writes no more. */
export class GroupWriter {
  readonly #file: FileHandle;
  readonly #onFailure: (error: unknown) => void;
  #waiting: string[] = [];
  #writing: Promise<void> | null = null;
  #failed = false;

  constructor(file: FileHandle, onFailure: (error: unknown) => void) {
    this.#file = file;
    this.#onFailure = onFailure;
  }

  add(line: string): void {
    if (this.#failed) return;
    this.#waiting.push(line);
    this.#writing ??= this.#write();
  }

  /** Resolves when all lines added so far are on disk, or writing has failed. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        // Lines of the same turn of the event loop share one fsync.
        await new Promise((resume) => setImmediate(resume));
        const group = this.#waiting;
        this.#waiting = [];
        await this.#file.appendFile(`${group.join('\n')}\n`);
        await this.#file.datasync();
      }
    } catch (error) {
      this.#failed = true;
      this.#waiting = [];
      this.#onFailure(error);
    }
    this.#writing = null;
  }
}
