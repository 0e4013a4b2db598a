/** A set of trial indices: one byte each, however many there are. */
export class TrialSet {
  #bytes = new Uint8Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(trial: number): void {
    if (trial >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(trial + 1, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (this.#bytes[trial] === 0) this.#size++;
    this.#bytes[trial] = 1;
  }

  has(trial: number): boolean {
    return this.#bytes[trial] === 1;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let trial = 0; trial < this.#bytes.length; trial++) if (this.#bytes[trial] === 1) yield trial;
  }
}
