/** What the runtime itself said, without its source files and conditions: one line for people. */

export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  const words = [/was false\. (.*)/s, /Status Message: (?:\S+\.cc:\d+ \S+ )?(.*)/s]
    .map((pattern) => pattern.exec(text)?.[1])
    .find((found) => found !== undefined);
  return (words ?? text).trim().split('\n')[0]!.trim();
}
