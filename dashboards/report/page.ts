import { formatAmount, formatCount, formatMeanSd, formatParameters, formatSeconds } from '../../shared/view/format.ts';
import type { ReportData } from './data.ts';
import { bestTrialSection } from './figures/best-trial.ts';
import { dataSection } from './figures/data-summary.ts';
import { examplesSection } from './figures/examples.ts';
import { filtersSection } from './figures/filters.ts';
import { heatmapSection } from './figures/heatmap.ts';
import { learningCurvesSection } from './figures/learning-curves.ts';
import { oneFactorSection } from './figures/one-factor.ts';
import { parallelSection } from './figures/parallel.ts';
import { rankingSection } from './figures/ranking.ts';
import { reproduceSection } from './figures/reproduce.ts';
import { seedStripSection } from './figures/seed-strip.ts';
import { sweptSection } from './figures/swept.ts';
import { timeAccuracySection } from './figures/time-accuracy.ts';
import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

const SECTIONS: readonly ((data: ReportData) => Markup | null)[] = [
  sweptSection,
  dataSection,
  rankingSection,
  heatmapSection,
  seedStripSection,
  oneFactorSection,
  parallelSection,
  learningCurvesSection,
  bestTrialSection,
  filtersSection,
  examplesSection,
  timeAccuracySection,
  reproduceSection,
];

/** The whole report as one HTML file that needs nothing else: no network, no script. */
export function reportPage(data: ReportData): string {
  const { markup } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${data.spec.name}: report of a sweep</title><style>${{ markup: STYLE }}</style></head>
<body><svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7"/></pattern></defs></svg>
<main>${head(data)}
${SECTIONS.map((section) => section(data))}
<footer>Written by sower ${data.version}.</footer></main></body></html>
`;
  return markup;
}

function head({ spec, sweep, ranking, varied, planned, trials, elapsedSeconds, writtenAt }: ReportData): Markup {
  const best = ranking.ranked[0];
  const tiles: readonly (readonly [string, string])[] = [
    ...(best === undefined
      ? []
      : ([
          [formatMeanSd(best.mean, best.sd), `best ${spec.objective.name}, ${formatAmount(best.n, 'seed')}`],
          [formatParameters(best.params, varied), `best configuration, ${best.configuration}`],
        ] as const)),
    [
      trials.length === planned ? formatCount(planned) : `${formatCount(trials.length)} of ${formatCount(planned)}`,
      `trials, ${formatAmount(spec.configurations, 'configuration')} x ${formatAmount(spec.seeds.length, 'seed')}`,
    ],
    [formatSeconds(elapsedSeconds), 'from first start to last end'],
  ];
  return html`<header><div class="eyebrow">Sweep report</div><h1>${spec.name}</h1><div class="meta">${sweep}, written ${dateText(writtenAt)}</div><div class="tiles">${tiles.map(
    ([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`,
  )}</div></header>`;
}

/** `2026-01-31 14:07 UTC`: the same wherever the report is read. */
function dateText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
