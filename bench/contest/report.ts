/** What was measured, in lines for people. */
import { median } from '../benchmark.ts';
import { stepFlops } from '../nets/flops.ts';
import type { Comparison, GemmResult, RivalResult } from './compare.ts';
import type { Clock } from './contestant.ts';
import { pinning } from './process.ts';
import type { Standing } from './rounds.ts';

const rateOf = (standing: Standing): number => median(standing.rates);

function stepsPerSecond(standing: Standing): string {
  const rate = rateOf(standing);
  return rate >= 100 ? Math.round(rate).toLocaleString('en') : rate.toFixed(rate >= 10 ? 1 : 2);
}

function verdict(value: number, required: number | null, text: (value: number) => string): string {
  if (required === null) return '';
  // A value that rounds to the required one is short of it all the same.
  const short = value < required && text(value) === text(required) ? ', just short' : '';
  return `required ${text(required)}: ${value >= required ? 'reached' : 'NOT REACHED'}${short}`;
}

const asTimes = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(1)}x`;
const asShare = (value: number): string => `${(100 * value).toFixed(0)} %`;

export function describeRounds(rounds: number, clock: Clock): string {
  const per = clock === 'wall' ? 'steps/s' : 'steps per second of CPU time';
  return `${per}, median of ${rounds} interleaved rounds; one process and thread each, ${pinning}`;
}

/** One line per contestant, the fastest of each rival with its ratio. */
export function describeComparison({ net, ours, rivals, gemm, deviations }: Comparison): readonly string[] {
  const line = (standing: Standing, note: string): string => {
    const { library, variant } = standing.contestant;
    return `  ${`${library}, ${variant}`.padEnd(56)} ${stepsPerSecond(standing).padStart(8)} steps/s  ${note}`.trimEnd();
  };
  const others = rivals.flatMap(({ standings, best, times }) =>
    standings.map((standing) => {
      const difference = deviations.get(standing.contestant)!;
      const losses = net.losses === 'equal' ? `losses within ${difference.toExponential(0)}` : 'loss falls as ours';
      const notes = [
        ...(standing === best ? [`Sower is ${asTimes(times)}`] : []),
        losses,
        ...(standing.dropped ? ['warm-up only'] : []),
      ];
      return line(standing, notes.join('; '));
    }),
  );
  return [
    `${net.name}: ${net.title}, batch ${net.structure.batchSize}`,
    line(ours, ''),
    ...others,
    ...(gemm === null ? [] : [describeGemm(gemm, stepFlops(net), ours)]),
  ];
}

function describeGemm({ flopsPerSecond, size, share, required }: GemmResult, flops: number, ours: Standing): string {
  const rate = (rateOf(ours) * flops) / 1e9;
  return (
    `  ${(flops / 1e9).toFixed(2)} GFLOP a step as direct convolution: ${rate.toFixed(0)} GFLOP/s, ${asShare(share)} of the ` +
    `Gemm rate of this run (${(flopsPerSecond / 1e9).toFixed(0)} GFLOP/s, n = ${size}); ${verdict(share, required, asShare)}`
  );
}

/** The table of all networks in Markdown: ours, the best of each rival, the ratio and whether it is reached. */
export function describeTable(comparisons: readonly Comparison[]): readonly string[] {
  const rows = comparisons.flatMap(({ net, ours, rivals, gemm }) => {
    const others = rivals.map(({ best, times, required }: RivalResult): readonly string[] => {
      const { library, variant } = best.contestant;
      return [`${library}, ${variant}`, stepsPerSecond(best), asTimes(times), verdict(times, required, asTimes)];
    });
    const share =
      gemm === null ? [] : [['Gemm rate', '', asShare(gemm.share), verdict(gemm.share, gemm.required, asShare)]];
    const heads = [net.name, stepsPerSecond(ours)];
    return [...others, ...share].map((cells, at) => [...(at === 0 ? heads : ['', '']), ...cells]);
  });
  const table = [['net', 'Sower', 'the best of each rival', 'steps/s', 'Sower is', ''], ...rows];
  const widths = table[0]!.map((_, at) => Math.max(3, ...table.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  const [head, ...body] = table.map(line) as [string, ...string[]];
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body];
}
