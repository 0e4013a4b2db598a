/** Shorter ones are what every sweep has between two trials. */
const SHORTEST_MS = 5_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Times in which no trial ran: a sweep that was stopped and resumed did not become slower by that. */
export interface Pauses {
  /** A trial ran from then to then; in any order. */
  ran(from: number, to: number): void;
  /** Milliseconds of [from, to] in which none ran. `runningSince`: start of the earliest trial that runs now. */
  within(from: number, to: number, runningSince: number | null): number;
}

/** Keeps the few pauses, not the many trials. */
export function createPauses(): Pauses {
  let busy: Span | null = null;
  let pauses: readonly Span[] = [];
  return {
    ran(from, to) {
      const before = busy ?? { from, to };
      const opened = [
        { from: before.to, to: from },
        { from: to, to: before.from },
      ];
      pauses = [...pauses.flatMap((pause) => without(pause, from, to)), ...opened.filter(isPause)];
      busy = { from: Math.min(from, before.from), to: Math.max(to, before.to) };
    },
    within(from, to, runningSince) {
      const open = { from: busy?.to ?? to, to: runningSince ?? from };
      const all = isPause(open) ? [...pauses, open] : pauses;
      return all.reduce((sum, pause) => sum + overlap(pause, from, to), 0);
    },
  };
}

function isPause({ from, to }: Span): boolean {
  return to - from >= SHORTEST_MS;
}

function without(pause: Span, from: number, to: number): readonly Span[] {
  if (to <= pause.from || from >= pause.to) return [pause];
  return [
    { from: pause.from, to: from },
    { from: to, to: pause.to },
  ].filter(isPause);
}

function overlap(pause: Span, from: number, to: number): number {
  return Math.max(0, Math.min(pause.to, to) - Math.max(pause.from, from));
}
