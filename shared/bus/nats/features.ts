/** What a server of some version can do; probed once per connection. */
export interface ServerFeatures {
  /** 2.12: METRICS may be written without waiting for the disk. */
  readonly asyncPersistence: boolean;
}

/** The oldest server whose behaviour is known; Debian 12 ships 2.9.10. */
export const OLDEST_SERVER = '2.9.0';

export function featuresOf(version: string): ServerFeatures {
  return { asyncPersistence: isAtLeast(version, '2.12.0') };
}

/** Compares `major.minor.patch`; what follows (`-beta.1`) is ignored. */
export function isAtLeast(version: string, wanted: string): boolean {
  const have = numbersOf(version);
  const want = numbersOf(wanted);
  for (let i = 0; i < 3; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return version.split(/[.-]/, 3).map(Number);
}
