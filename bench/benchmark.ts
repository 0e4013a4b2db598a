/** What a benchmark is, and the line that says where its figures come from. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { packageRoot } from '../shared/process/package-root.ts';

export interface Benchmark {
  readonly name: string;
  /** Its arguments, as the list of benchmarks shows them. */
  readonly usage: string;
  readonly summary: string;
  run(args: readonly string[]): Promise<void>;
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: packageRoot(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' (with changes)';
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return 'not a git checkout';
  }
}

/** A figure without its machine means nothing, so every benchmark prints this first. */
export function printMachine(): void {
  const model = cpus()[0]?.model ?? 'unknown processor';
  console.log(`${model}, ${availableParallelism()} cores, node ${process.version}, commit ${commit()}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
