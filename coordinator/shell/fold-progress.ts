/** How far the log is folded, and who waits for it: a decision is made on a state that knows what was decided before. */
export class FoldProgress {
  #seq: number;
  #error: Error | null = null;
  #waiting: { readonly seq: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(seq: number) {
    this.#seq = seq;
  }

  get seq(): number {
    return this.#seq;
  }

  advance(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((waiter) => waiter.seq <= this.#seq);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => waiter.seq > this.#seq);
    for (const waiter of due) waiter.resolve();
  }

  /** Rejects where the session ends first. */
  reached(seq: number): Promise<void> {
    if (this.#error !== null) return Promise.reject(this.#error);
    if (seq <= this.#seq) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ seq, resolve, reject }));
  }

  end(): void {
    this.#error = new Error('the session has ended');
    for (const waiter of this.#waiting) waiter.reject(this.#error);
    this.#waiting = [];
  }
}
