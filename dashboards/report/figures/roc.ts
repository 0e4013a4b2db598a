import { line } from 'd3-shape';
import { bottomAxis, type Frame, leftAxis, numberAxis, SERIES_COUNT, seriesClass, svg } from '../chart.ts';
import type { ClassesReport } from '../data.ts';
import { html, type Markup, px } from '../markup.ts';

const FRAME: Frame = { width: 496, height: 410, left: 52, right: 118, top: 52, bottom: 46 };

/** One class against the rest; where there are many classes, those that are told apart worst. Null without a curve. */
export function rocFigure(evaluation: ClassesReport): Markup | null {
  const { roc, per_class: scores, roc_auc: mean } = evaluation;
  const curves = roc
    .map((curve, i) => ({ ...curve, auc: scores[i]?.roc_auc ?? null }))
    .filter((curve) => curve.auc !== null && curve.true_positive_rates.length > 1);
  if (curves.length === 0) return null;
  const shown = curves.toSorted((a, b) => a.auc! - b.auc!).slice(0, SERIES_COUNT);
  const x = numberAxis([0, 1], [FRAME.left, FRAME.width - FRAME.right]);
  const y = numberAxis([0, 1], [FRAME.height - FRAME.bottom, FRAME.top]);
  const path = line<readonly [number, number]>()
    .x(([rate]) => x.at(rate))
    .y(([, rate]) => y.at(rate));
  const drawn = shown.map((curve, i) => {
    const d = path(curve.false_positive_rates.map((rate, at) => [rate, curve.true_positive_rates[at]!] as const)) ?? '';
    const keyY = FRAME.top + 18 + i * 22;
    const keyX = FRAME.width - FRAME.right + 16;
    const text = `${curve.class}  ${curve.auc!.toFixed(4)}`;
    return html`<path class="curve ${seriesClass(i)}" d="${d}"><title>class ${curve.class}: AUC ${curve.auc!.toFixed(4)}</title></path><line class="curve ${seriesClass(i)}" x1="${px(keyX)}" x2="${px(keyX + 26)}" y1="${px(keyY)}" y2="${px(keyY)}"/><text class="tick" x="${px(keyX + 33)}" y="${px(keyY + 4)}">${text}</text>`;
  });
  const few = shown.length < curves.length ? `, the ${shown.length} lowest of ${curves.length} classes` : '';
  const area = mean === null ? '' : `: mean AUC ${mean.toFixed(4)}`;
  return svg(
    FRAME,
    'ROC curves, one class against the rest',
    html`<text class="name strong" x="0" y="14">ROC${area}${few}</text>${leftAxis(y, FRAME, 'true positive rate')}${bottomAxis(x, FRAME, 'false positive rate')}<line class="chance" x1="${px(x.at(0))}" x2="${px(x.at(1))}" y1="${px(y.at(0))}" y2="${px(y.at(1))}"/>${drawn}<text class="name" x="${px(FRAME.width - FRAME.right + 16)}" y="${FRAME.top}">class  AUC</text>`,
  );
}
