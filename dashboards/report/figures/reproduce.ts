import { formatAmount } from '../../../shared/view/format.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../markup.ts';
import { facts, section } from '../section.ts';

/** Everything that decides the results, and the sweep file itself. */
export function reproduceSection({ sweep, hash, source, spec, origins, version }: ReportData): Markup {
  const distinct = (values: readonly string[]) => [...new Set(values)].map((value) => html`<div>${value}</div>`);
  const named = origins.length === 0;
  return section(
    'How to reproduce',
    html`Save the sweep file below as <code>${spec.name}.yaml</code> and run the command. The same file, data, versions and kind of processor give the same bits.`,
    html`${facts([
      ['command', html`<code>npx sower run ${spec.name}.yaml</code>`],
      ['sweep', sweep],
      ['sweep SHA-256', html`<code>${hash}</code>`],
      ...(named
        ? []
        : ([
            ['data SHA-256', html`<code>${distinct(origins.map(({ dataHash }) => dataHash))}</code>`],
            ['code', distinct(origins.map(({ code }) => code))],
            [
              'engine',
              distinct(
                origins.map(
                  (o) => `${o.engine} ${o.engineVersion}, ${o.provider}, ${formatAmount(o.threads, 'thread')}`,
                ),
              ),
            ],
            ['machine', distinct(origins.map(({ machine }) => machine))],
          ] as const)),
      ['report by', `sower ${version}`],
    ])}<details open><summary>Sweep file</summary><pre>${source}</pre></details>`,
  );
}
