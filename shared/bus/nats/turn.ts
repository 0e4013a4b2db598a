let turn: Promise<void> | null = null;

/**
 * Resolves at the end of this turn of the event loop. What waits for it together is written to the socket together: one
 * system call for a burst of publishes, on this side and on the server's, instead of one for each.
 */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = null;
      resolve();
    });
  });
  return turn;
}
