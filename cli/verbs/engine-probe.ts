import type { Provider } from '../../agent/engine/index.ts';
import { probeNeeds } from '../../agent/engine/run/probe/rows.ts';
import { EXIT } from '../../shared/kernel/errors.ts';
import { type FoundOp, type ProviderReport, probeInProcesses } from '../engine/probe-provider.ts';
import type { Output } from '../output/output.ts';
import { formatTable } from '../output/table.ts';
import type { Verb } from './verb.ts';

/** `sower engine probe`: which ops each provider has on this machine. */
export const engineProbe: Verb = async ({ output, json }, { flags }) => {
  const { provider: providers, all } = flags as unknown as { provider: readonly Provider[]; all?: boolean };
  const reports: ProviderReport[] = [];
  for (const provider of providers) {
    output.note(`probing ${provider}: ${probeNeeds.length} ops ...`);
    reports.push(await probeInProcesses(provider));
  }
  if (json) output.line(JSON.stringify({ providers: reports }));
  else printReports(reports, output, all === true);
  return EXIT.ok;
};

function printReports(reports: readonly ProviderReport[], output: Output, all: boolean): void {
  for (const { provider, fault, ops } of reports) {
    const count = ops.filter(({ verdict }) => verdict === 'yes').length;
    const found = fault === null ? `trains; ${count} of ${ops.length} ops` : `does not train: ${fault}`;
    output.line(`${provider.padEnd(7)} ${found}`);
  }
  const started = reports.filter(({ fault }) => fault === null);
  const rows = probeNeeds
    .map((need, i) => [need, ...started.map(({ ops }) => ops[i]!)] as const)
    .filter(([, ...found]) => all || found.some(({ verdict }) => verdict !== 'yes'));
  if (rows.length === 0) return;
  output.line();
  printTable(
    started.map(({ provider }) => provider),
    rows,
    output,
  );
  if (!all) output.line('\nthe other ops are there; list them with --all');
}

type Row = readonly [need: string, ...found: readonly FoundOp[]];

function printTable(providers: readonly Provider[], rows: readonly Row[], output: Output): void {
  const { good, bad, warn } = output.paint;
  const columns = [
    { title: 'op', align: 'left', keep: true } as const,
    ...providers.map((provider) => ({ title: provider, align: 'left', keep: true }) as const),
    { title: 'reason', align: 'left' } as const,
  ];
  const cells = rows.map(([need, ...found]) => [need, ...found.map(({ verdict }) => verdict), reasonsOf(found)]);
  const tone = { yes: good, missing: warn, fails: bad, differs: bad, crashes: bad };
  const lines = formatTable(columns, cells, output.columns, (text, row, column) => {
    const verdict = rows[row]?.[column];
    return typeof verdict === 'object' ? tone[verdict.verdict](text) : text;
  });
  for (const line of lines) output.line(line);
}

/** The first reason that says more than the verdict. */
const reasonsOf = (found: readonly FoundOp[]): string =>
  found.map(({ reason }) => reason).find((reason) => reason !== null && reason !== 'no kernel') ?? '';
