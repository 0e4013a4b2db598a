import { UNKNOWN } from '../../../shared/view/format.ts';
import type { ClassesReport } from '../data.ts';
import type { Markup } from '../markup.ts';
import { table } from '../section.ts';

const MOST_ROWS = 60;

/** Precision, recall and F1 of each class; of very many classes those with the lowest F1. */
export function classScoresTable({ per_class: all, macro }: ClassesReport): Markup {
  const shown = all.length > MOST_ROWS ? all.toSorted((a, b) => a.f1 - b.f1).slice(0, MOST_ROWS) : all;
  const columns = ['class', 'precision', 'recall', 'F1', 'ROC AUC', 'rows'].map((title, i) => ({
    title,
    numeric: i > 0,
  }));
  const digits = (value: number) => value.toFixed(4);
  return table(columns, [
    ...shown.map((score) => ({
      cells: [
        score.class,
        ...[score.precision, score.recall, score.f1].map(digits),
        score.roc_auc === null ? UNKNOWN : digits(score.roc_auc),
        String(score.support),
      ],
    })),
    { tone: 'best' as const, cells: ['macro mean', ...[macro.precision, macro.recall, macro.f1].map(digits), '', ''] },
  ]);
}
