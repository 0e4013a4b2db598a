const SLOW_MS = 1_000;

/** Says once what is waited for, where that takes longer than a person waits without a word. */
export async function noteWhenSlow<T>(work: Promise<T>, note: () => void): Promise<T> {
  const timer = setTimeout(note, SLOW_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
