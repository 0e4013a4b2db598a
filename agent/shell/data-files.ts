/** The data that trials of this agent need, brought into the home's cache before a slot begins. */
import type { Bus } from '../../shared/bus/port.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { AttemptFailure } from '../../shared/protocol/index.ts';
import { dataFilesOf, resolveTrain, type SweepSpec, type Trial } from '../../shared/sweep/index.ts';
import type { DataFile } from '../../shared/sweep/train/data-config.ts';
import type { AgentLimits } from '../core/limits.ts';
import { bringDataFile } from '../data/sources/bring.ts';
import type { DataPlaces } from '../data/sources/locate.ts';
import { failureOf } from '../slot/failure.ts';
import { persist } from './persist.ts';
import { textOf } from './publisher.ts';

export interface DataFilesOptions {
  readonly bus: Pick<Bus, 'data'>;
  readonly places: DataPlaces;
  readonly limits: AgentLimits;
  readonly log: Log;
  /** Fires when the agent ends. */
  readonly ended: AbortSignal;
}

export class DataFiles {
  private readonly options: DataFilesOptions;
  /** Sweeps whose data has a name never wait. */
  private readonly filed = new WeakMap<SweepSpec, boolean>();
  /** By hash, while they are being brought: slots wait for one transfer together. */
  private readonly coming = new Map<string, Promise<AttemptFailure | null>>();

  constructor(options: DataFilesOptions) {
    this.options = options;
  }

  /** Null where the trial can begin at once; else resolves with null when it can, or with why it never will here. */
  prepare(spec: SweepSpec, trial: Trial): Promise<AttemptFailure | null> | null {
    let needsFiles = this.filed.get(spec);
    if (needsFiles === undefined) {
      needsFiles = dataFilesOf(spec).length > 0;
      this.filed.set(spec, needsFiles);
    }
    if (!needsFiles) return null;
    const config = resolveTrain(spec, trial.params);
    const file = config.kind === 'builtin' ? config.data.file : null;
    return file === null ? null : this.bring(file);
  }

  private bring(file: DataFile): Promise<AttemptFailure | null> {
    const key = file.sha256 ?? JSON.stringify(file);
    const coming = this.coming.get(key);
    if (coming !== undefined) return coming;
    const bringing = this.bringOnce(file).finally(() => this.coming.delete(key));
    this.coming.set(key, bringing);
    return bringing;
  }

  /** A server that does not answer is waited for; what else fails, fails the trial. */
  private async bringOnce(file: DataFile): Promise<AttemptFailure | null> {
    const { bus, places, limits, log, ended } = this.options;
    let failure: AttemptFailure | null = null;
    const options = { places, store: bus.data, notify: (line: string) => log('info', line) };
    await persist(
      () => bringDataFile(file, options),
      limits,
      ended,
      (error, tries) => {
        if (error instanceof SowerError && error.code.startsWith('E_NATS_') && !error.code.endsWith('_FULL')) {
          log('warn', `cannot fetch data: ${textOf(error)}`, { tries });
          return 'again';
        }
        log('error', `cannot have the data of a trial: ${textOf(error)}`);
        failure = failureOf(error);
        return 'give up';
      },
    );
    return failure;
  }
}
