/** `npm run bench`: lists the benchmarks; `npm run bench -- NAME [ARGS]` runs one. */
import { describeError, EXIT, SowerError } from '../shared/kernel/errors.ts';
import { type Benchmark, printMachine } from './benchmark.ts';

/** Loaded when asked for: some bring in whole other libraries. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  dispatch: async () => (await import('./dispatch/index.ts')).dispatchBenchmark,
  engine: async () => (await import('./engine/index.ts')).engineBenchmark,
  engines: async () => (await import('./engines/index.ts')).enginesBenchmark,
  memory: async () => (await import('./memory/index.ts')).memoryBenchmark,
  pair: async () => (await import('./pair/index.ts')).pairBenchmark,
  peers: async () => (await import('./peers/index.ts')).peersBenchmark,
  sweep: async () => (await import('./sweep/index.ts')).sweepBenchmark,
};

async function list(): Promise<void> {
  console.log('npm run bench -- NAME [ARGS]\n');
  for (const load of Object.values(BENCHMARKS)) {
    const { name, usage, summary } = await load();
    console.log(`  ${`${name} ${usage}`.trim()}\n      ${summary}`);
  }
}

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined) return list();
  // Processes that other benchmarks start and listen to: they may print nothing else.
  if (name === 'serve') return (await import('./contest/serve.ts')).serveContestant(args);
  if (name === 'measure') return (await import('./memory/index.ts')).measurePart(args);
  const load = BENCHMARKS[name];
  if (load === undefined) {
    throw new SowerError('E_BENCH_NAME', `there is no benchmark "${name}"`, {
      fix: `use one of ${Object.keys(BENCHMARKS).join(', ')}`,
      exit: EXIT.usage,
    });
  }
  printMachine();
  await (await load()).run(args);
}

/** What Node's own reader of arguments refuses. */
function usageError(error: unknown): SowerError | null {
  if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) return null;
  return new SowerError('E_BENCH_ARGUMENT', error.message, {
    fix: 'npm run bench lists the arguments',
    exit: EXIT.usage,
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const failure = usageError(error) ?? error;
  if (!(failure instanceof SowerError)) throw failure;
  console.error(describeError(failure));
  process.exitCode = failure.exit;
}
