import type { Distribution } from '../../../shared/sweep/spec.ts';
import { formatAmount, formatCount, formatParameter, formatSeconds } from '../../../shared/view/format.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../markup.ts';
import { facts, section } from '../section.ts';

/** Parameters, seeds, counts and the objective. */
export function sweptSection(data: ReportData): Markup {
  const { spec, planned, trials, ranking } = data;
  const { name, goal } = spec.objective;
  const configurations = formatAmount(spec.configurations, 'configuration');
  return section(
    'What was swept',
    spec.description === '' ? null : spec.description,
    html`${data.notes.map((note) => html`<p class="notice">${note}</p>`)}${ranking.onTestData ? testWarning(name) : null}${facts(
      [
        ...spec.parameters.map(({ path, distribution }) => [path, rangeText(distribution)] as const),
        ['seeds', spec.seeds.join(', ')],
        ['search', `${spec.method}: ${configurations}, ${formatAmount(planned, 'trial')}`],
        ['objective', `${goal} ${name}, mean over seeds`],
        ['ended', `${endedText(data)}, in ${formatSeconds(data.elapsedSeconds)}`],
      ],
    )}${trials.length < planned ? unfinished(planned - trials.length) : null}`,
  );
}

function testWarning(name: string): Markup {
  return html`<p class="notice">The objective ${name} is a metric of the test data. Choosing by it makes the figures of the chosen configuration too good: a fair figure needs data that had no part in the choice.</p>`;
}

function unfinished(left: number): Markup {
  return html`<p class="notice">${formatAmount(left, 'trial')} had not ended when this was written.</p>`;
}

/** `54 done, 6 diverged`. */
function endedText({ trials }: ReportData): string {
  const counts = new Map<string, number>();
  for (const { state } of trials) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts.size === 0
    ? 'nothing yet'
    : [...counts].map(([state, count]) => `${formatCount(count)} ${state}`).join(', ');
}

function rangeText(distribution: Distribution): string {
  switch (distribution.type) {
    case 'constant':
      return formatParameter(distribution.value);
    case 'categorical':
      return distribution.values.map(formatParameter).join(', ');
    default: {
      const step = 'q' in distribution ? ` in steps of ${distribution.q}` : '';
      return `${distribution.min} to ${distribution.max}${step} (${distribution.type})`;
    }
  }
}
