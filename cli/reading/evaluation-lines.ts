/** What a trained model does on rows it did not learn from, as tables in a terminal. */
import type { ClassesEvaluation, NumbersEvaluation } from '../../agent/trainers/artifacts/evaluation-file.ts';
import type { DataOutline } from '../../shared/protocol/index.ts';
import { formatAmount, formatCount, formatMetric, UNKNOWN } from '../../shared/view/format.ts';
import type { Output } from '../output/output.ts';
import { type Column, formatTable } from '../output/table.ts';

/** `data` is missing where an older version wrote the file. */
export type Evaluation = (ClassesEvaluation | NumbersEvaluation) & { readonly data?: DataOutline };

/** What lines are made for. */
type Screen = Pick<Output, 'columns' | 'paint'>;

/** More classes make no table that anybody reads. */
const MOST_CLASSES = 20;

const PART_NAMES = { val: 'validation', test: 'test' } as const;

export function evaluationLines(evaluation: Evaluation, output: Screen): readonly string[] {
  const rows = formatAmount(evaluation.rows, `${PART_NAMES[evaluation.part]} row`);
  if (!('confusion' in evaluation)) {
    const { mse, mae, r2 } = evaluation;
    return ['', `on ${rows}: mse ${formatMetric(mse)}, mae ${formatMetric(mae)}, R2 ${formatMetric(r2)}`];
  }
  const { roc_auc: auc, roc_auc_note: note, macro, classes } = evaluation;
  const area = auc === null ? UNKNOWN : auc.toFixed(4);
  const summary = `on ${rows}: accuracy ${evaluation.accuracy.toFixed(4)}, macro F1 ${macro.f1.toFixed(4)}, ROC AUC ${area}`;
  const head = ['', note === null ? summary : `${summary} (${note})`];
  if (classes.length > MOST_CLASSES) return [...head, ...perClass(evaluation, output)];
  return [...head, '', ...confusion(evaluation, output), '', ...perClass(evaluation, output)];
}

/** Rows are what is true, columns what the model takes it for. */
function confusion({ classes, confusion: counts }: ClassesEvaluation, output: Screen): readonly string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  const columns: readonly Column[] = [{ title: 'true', align: 'left' }, ...classes.map((name) => right(`as ${name}`))];
  const cells = counts.map((row, truth) => [
    classes[truth] ?? String(truth),
    ...row.map((count) => (count === 0 ? '.' : String(count))),
  ]);
  return formatTable(columns, cells, output.columns, (text, row, column) =>
    column === row + 1 ? output.paint.strong(text) : text,
  );
}

function perClass({ per_class: all }: ClassesEvaluation, output: Screen): readonly string[] {
  const shown = all.length > MOST_CLASSES ? worstFirst(all).slice(0, MOST_CLASSES) : all;
  const titles = ['precision', 'recall', 'f1', 'roc auc', 'rows'];
  const columns: readonly Column[] = [
    { title: 'class', align: 'left' },
    ...titles.map((title) => ({ title, align: 'right' }) as const),
  ];
  const cells = shown.map((score) => [
    score.class,
    ...[score.precision, score.recall, score.f1].map((value) => value.toFixed(4)),
    score.roc_auc === null ? UNKNOWN : score.roc_auc.toFixed(4),
    String(score.support),
  ]);
  const left = all.length - shown.length;
  const more = left === 0 ? [] : [`and ${formatCount(left)} classes with a higher F1; --json has all`];
  return [...formatTable(columns, cells, output.columns), ...more];
}

function worstFirst(all: ClassesEvaluation['per_class']): ClassesEvaluation['per_class'] {
  return all.toSorted((a, b) => a.f1 - b.f1);
}
