/** Breaks loudly when an invariant of ours is broken; never used for bad input (that is a `SowerError`). */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Ends an exhaustive `switch`: a missing case is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`invariant broken: unexpected case ${JSON.stringify(value)}`);
}
