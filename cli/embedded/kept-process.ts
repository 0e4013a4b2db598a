/**
 * Keeps one process running: starting -> alive -> (it died) waiting -> starting ... until stopped. A process that dies
 * young is started again ever more slowly, and after several such deaths in a row the keeper gives up and says why.
 */
import type { Log } from '../../shared/kernel/clock.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import { pause } from '../pause.ts';

/** A process that was started, whatever started it. */
export interface LiveProcess {
  readonly pid: number;
  /** Resolves when it ended, with a clause that says how: `exit code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>;
  end(signal: NodeJS.Signals): void;
}

export interface KeptProcess {
  readonly name: string;
  /** Pid of the process that runs now, or null between two lives. */
  pid(): number | null;
  /** Rejects (E_EMBEDDED) when it cannot be kept running; never resolves. */
  readonly givenUp: Promise<never>;
  /** Ends it for good: SIGTERM, then SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface KeepOptions {
  readonly name: string;
  readonly start: () => Promise<LiveProcess>;
  readonly log: Log;
  /** Called with each new process. */
  readonly onStart?: (live: LiveProcess) => void;
  /** What a person can look at when it will not stay up. */
  readonly hint: string;
}

const FIRST_PAUSE_MS = 50;
const PAUSE_GROWTH = 3;
const LONGEST_PAUSE_MS = 5_000;
/** A process that lived this long had started properly. */
const GROWN_UP_MS = 5_000;
const YOUNG_DEATHS_LIMIT = 5;

export async function keepRunning(options: KeepOptions): Promise<KeptProcess> {
  const { name, start, log, onStart, hint } = options;
  let live: LiveProcess | null = await start();
  let stopping = false;
  const stopped = new AbortController();
  onStart?.(live);

  const loop = async (): Promise<never> => {
    let youngDeaths = 0;
    for (;;) {
      const born = performance.now();
      const how: string = live === null ? 'it did not start' : await live.ended;
      live = null;
      if (stopping) return new Promise<never>(() => {});
      youngDeaths = performance.now() - born > GROWN_UP_MS ? 0 : youngDeaths + 1;
      log('warn', `${name} ended (${how}); starting it again`, { youngDeaths });
      if (youngDeaths >= YOUNG_DEATHS_LIMIT) {
        throw new SowerError('E_EMBEDDED', `the ${name} ended ${youngDeaths} times in a row (${how})`, {
          fix: hint,
          exit: 5,
        });
      }
      await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * PAUSE_GROWTH ** (youngDeaths - 1)), stopped.signal);
      if (stopping) return new Promise<never>(() => {});
      try {
        const next = await start();
        if (stopping) next.end('SIGKILL');
        live = next;
        onStart?.(next);
      } catch (error) {
        log('error', `${name} did not start`, { error: String(error) });
      }
    }
  };
  const givenUp = loop();
  // Heard by whoever waits for it; until then it must not count as unhandled.
  givenUp.catch(() => {});

  return {
    name,
    pid: () => live?.pid ?? null,
    givenUp,
    stop: async (graceMs) => {
      stopping = true;
      stopped.abort();
      const last = live;
      if (last === null) return;
      last.end('SIGTERM');
      const killer = setTimeout(() => last.end('SIGKILL'), graceMs);
      await last.ended;
      clearTimeout(killer);
    },
  };
}
