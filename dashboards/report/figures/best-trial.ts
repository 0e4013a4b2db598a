import { formatAmount, formatMetric, formatParameters } from '../../../shared/view/format.ts';
import { type BestTrial, PART_NAMES, type ReportData } from '../data.ts';
import { html, type Markup } from '../markup.ts';
import { facts, section } from '../section.ts';
import { classScoresTable } from './class-scores.ts';
import { confusionFigure } from './confusion.ts';
import { rocFigure } from './roc.ts';

/** What the best trial's model does on rows that it did not learn from. */
export function bestTrialSection(data: ReportData): Markup | null {
  const { best } = data;
  const evaluation = best?.evaluation ?? null;
  if (best === null || evaluation === null) return null;
  const remark = `${nameOf(best, data.varied)}, on ${formatAmount(evaluation.rows, `${PART_NAMES[evaluation.part]} row`)}. It is the best of its seeds, so the ranking has the fairer figures.`;
  if (!('confusion' in evaluation)) {
    const { mse, mae, r2 } = evaluation;
    const numbers = [
      ['mse', mse],
      ['mae', mae],
      ['R2', r2],
    ] as const;
    return section('The best trial', remark, facts(numbers.map(([name, value]) => [name, formatMetric(value)])));
  }
  const note = evaluation.roc_auc_note;
  return section(
    'The best trial',
    `${remark} Accuracy ${evaluation.accuracy.toFixed(4)}, macro F1 ${evaluation.macro.f1.toFixed(4)}.`,
    html`${note === null ? null : html`<p class="notice">${note}</p>`}<div class="figures">${confusionFigure(evaluation)}${rocFigure(evaluation)}</div>${classScoresTable(evaluation)}`,
  );
}

function nameOf({ trial, standing, seed }: BestTrial, varied: readonly string[]): string {
  return `Trial ${trial}: ${standing.configuration} ${formatParameters(standing.params, varied)}, seed ${seed}`;
}
