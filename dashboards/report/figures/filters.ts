import { bitmapUri, tensorValues } from '../bitmap.ts';
import { signedColor } from '../color.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../markup.ts';
import { section } from '../section.ts';

/** What the units of the first layer look at. */
export function filtersSection({ best }: ReportData): Markup | null {
  const filters = best?.evaluation?.filters ?? null;
  if (filters === null) return null;
  const [count = 0, channels = 0, height = 0, width = 0] = filters.values.shape;
  const values = tensorValues(filters.values);
  const plane = height * width;
  if (plane < 4 || values.length !== count * channels * plane) return null;
  const images = Array.from({ length: count }, (_, i) => {
    const start = i * channels * plane;
    const most = values.slice(start, start + plane).reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    const uri = bitmapUri(width, height, (x, y) => signedColor(values[start + y * width + x]! / (most || 1)));
    return html`<img class="filter" src="${uri}" width="${Math.round((64 * width) / height)}" height="64" alt="filter ${i}" title="filter ${i}, largest weight ${most.toPrecision(3)}">`;
  });
  const few = count < filters.total ? ` The first ${count} of ${filters.total} are shown.` : '';
  const first = channels > 1 ? ` Of ${channels} channels the first.` : '';
  return section(
    'First-layer filters',
    `Weights of ${filters.parameter} in the best trial: orange raises, purple lowers the unit, each scaled by its largest weight.${few}${first}`,
    html`<div class="images">${images}</div>`,
  );
}
