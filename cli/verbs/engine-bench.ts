import { EXIT } from '../../shared/kernel/errors.ts';
import { formatCount } from '../../shared/view/format.ts';
import { measureNet, type NetReport } from '../engine/bench-net.ts';
import { formatFlops } from '../engine/flops.ts';
import { BENCH_NETS } from '../engine/net-names.ts';
import type { Output } from '../output/output.ts';
import { type Column, formatTable } from '../output/table.ts';
import type { Verb } from './verb.ts';

/** Ops that take less are summed up in one line. */
const SMALLEST_SHARE = 0.01;

/** `sower engine bench`: steps per second of standard nets, and where the time goes. */
export const engineBench: Verb = async ({ output, json }, { flags }) => {
  const { net: nets = BENCH_NETS, seconds } = flags as unknown as { net?: readonly string[]; seconds: number };
  const reports: NetReport[] = [];
  for (const net of nets) {
    output.note(`training ${net} for ${seconds} s, one thread ...`);
    const report = await measureNet(net, seconds);
    reports.push(report);
    if (!json) for (const line of reportLines(report, output)) output.line(line);
  }
  if (json) output.line(JSON.stringify({ nets: reports }));
  return EXIT.ok;
};

const COLUMNS: readonly Column[] = [
  { title: '  op', align: 'left', keep: true },
  { title: 'share', align: 'right', keep: true },
  { title: 'us/step', align: 'right', keep: true },
  { title: 'calls/step', align: 'right' },
];

function reportLines(report: NetReport, { paint, columns }: Output): readonly string[] {
  const { net, title, batchSize, stepsPerSecond, flops, gflopsPerSecond, gemmGflopsPerSecond } = report;
  const share = Math.round((100 * gflopsPerSecond) / gemmGflopsPerSecond);
  return [
    `${paint.strong(net)}  ${title}, batch ${batchSize}`,
    `  ${formatRate(stepsPerSecond)} steps/s   ${formatFlops(flops)} a step, counted as direct work`,
    `  ${gflopsPerSecond.toFixed(1)} GFLOP/s, ${share} % of this machine's Gemm rate (${gemmGflopsPerSecond.toFixed(0)})`,
    ...formatTable(COLUMNS, opCells(report), columns),
    '',
  ];
}

function opCells({ ops }: NetReport): readonly (readonly string[])[] {
  const total = ops.reduce((sum, { micros }) => sum + micros, 0);
  const large = ops.filter(({ micros }) => micros >= total * SMALLEST_SHARE);
  const small = ops.slice(large.length);
  const rest = {
    op: `${small.length} others`,
    calls: small.reduce((sum, { calls }) => sum + calls, 0),
    micros: small.reduce((sum, { micros }) => sum + micros, 0),
  };
  return [...large, ...(small.length === 0 ? [] : [rest])].map(({ op, calls, micros }) => [
    `  ${op}`,
    `${Math.round((100 * micros) / total)} %`,
    micros.toFixed(1),
    calls.toFixed(1),
  ]);
}

const formatRate = (rate: number): string => (rate < 100 ? rate.toFixed(1) : formatCount(Math.round(rate)));
