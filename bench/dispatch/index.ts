/** No-op trials through real processes: what Sower itself costs per trial. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { parseSweep, writeSpec } from '../../shared/sweep/index.ts';
import type { Benchmark } from '../benchmark.ts';
import { type BenchFleet, startFleet } from './fleet.ts';

const TARGET_PER_SECOND = 2_000;
const EDGE = 1_000;
const MB = 2 ** 20;

function sweepOf(trials: number) {
  const list = (count: number) => Array.from({ length: count }, (_, i) => i + 1).join(', ');
  const source = `name: dispatch
method: grid
metric: {name: val_loss, goal: minimize}
seeds: [${list(10)}]
parameters:
  a: {values: [${list(100)}]}
  b: {values: [${list(trials / 1000)}]}
train: {noop: {seconds: 0}}
`;
  return { sweep: parseSweep(source, 'dispatch.yaml'), source };
}

async function submit(bus: Bus, trials: number): Promise<string> {
  const { sweep, source } = sweepOf(trials);
  const { id, hash, spec } = sweep;
  const entry = {
    v: 1,
    sweep: id,
    name: spec.name,
    hash,
    spec: writeSpec(spec),
    source,
    submittedAt: Date.now(),
  } as const;
  const reply = await bus.control.request({ v: 1, verb: 'submit', entry }, 20_000);
  if (reply.status !== 'ok') throw new Error(`the sweep was refused: ${reply.message}`);
  return id;
}

/** When each record was written (ms, coordinator's clock), in order; and that there is one for every trial. */
async function recordTimes(bus: Bus, sweep: string, trials: number): Promise<readonly number[]> {
  const times: number[] = [];
  const seen = new Set<string>();
  for await (const stored of bus.done.read({ sweep })) {
    if (!('value' in stored)) continue;
    times.push(stored.value.at);
    seen.add(stored.value.trial);
  }
  if (seen.size !== trials || times.length !== trials) {
    throw new Error(`DONE has ${times.length} records of ${seen.size} trials, ${trials} were planned`);
  }
  return times;
}

function ratePerSecond(times: readonly number[]): number {
  return (1000 * (times.length - 1)) / Math.max(1, (times.at(-1) ?? 0) - (times[0] ?? 0));
}

async function measure(fleet: BenchFleet, trials: number, slots: number): Promise<void> {
  const bus = await connectBus({ url: fleet.nats.url, name: 'bench' });
  while (((await fleet.metrics())?.get('sower_agents{pool="default",state="ready"}') ?? 0) < 1) await pause(50);
  const submittedAt = performance.now();
  const sweep = await submit(bus, trials);
  const finished = `sower_trials_finished_total{sweep="${sweep}",outcome="completed"}`;
  let rssEarly: number | null = null;
  for (;;) {
    const metrics = await fleet.metrics();
    const done = metrics?.get(finished) ?? 0;
    if (done >= EDGE) rssEarly ??= metrics?.get('process_resident_memory_bytes') ?? null;
    if (metrics?.get(`sower_sweep_state{sweep="${sweep}",state="finished"}`) === 1) break;
    await pause(50);
  }
  const seconds = (performance.now() - submittedAt) / 1000;
  const last = await fleet.metrics();
  const times = await recordTimes(bus, sweep, trials);
  const rssLate = last?.get('process_resident_memory_bytes') ?? 0;
  const round = (value: number) => Math.round(value).toLocaleString('en');
  console.log(`${round(trials)} no-op trials on ${slots} slots, submit to finished: ${seconds.toFixed(2)} s`);
  console.log(`  ${round(trials / seconds)} trials/s dispatched and accounted (target ${round(TARGET_PER_SECOND)})`);
  console.log(
    `  first ${round(EDGE)}: ${round(ratePerSecond(times.slice(0, EDGE)))}/s; last: ${round(ratePerSecond(times.slice(-EDGE)))}/s`,
  );
  console.log(
    `  coordinator: ${round((rssEarly ?? 0) / MB)} MB at ${round(EDGE)}, ${round(rssLate / MB)} MB at the end, ` +
      `${((1e6 * (last?.get('process_cpu_seconds_total') ?? 0)) / trials).toFixed(0)} µs of CPU per trial`,
  );
  await bus.close();
}

export const dispatchBenchmark: Benchmark = {
  name: 'dispatch',
  usage: '[--trials N] [--slots N]',
  summary: 'no-op trials through a real server, coordinator and agent: trials/s dispatched and accounted',
  async run(args) {
    const options = { trials: { type: 'string', default: '20000' }, slots: { type: 'string', default: '2' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    const trials = Math.max(1, Math.round(Number(values.trials) / 1000)) * 1000;
    await using fleet = await startFleet(Number(values.slots));
    await Promise.race([measure(fleet, trials, Number(values.slots)), fleet.broken]);
  },
};
