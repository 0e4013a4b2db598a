/** Frames and axes of the figures, as static SVG. */
import { extent } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { type Content, html, type Markup, px } from './markup.ts';

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** `label` is what a person hears who cannot see the figure. */
export function svg({ width, height }: Pick<Frame, 'width' | 'height'>, label: string, content: Content): Markup {
  return html`<svg viewBox="0 0 ${px(width)} ${px(height)}" style="width:${px(width)}px" role="img" aria-label="${label}">${content}</svg>`;
}

export interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly logarithmic: boolean;
}

/** Beyond this ratio a straight scale shows only the largest values. */
const LOG_RATIO = 10;
const WIDE_DECADES = 2.5;

/** Straight, or logarithmic where positive values span more than a factor of 10. */
export function numberAxis(values: readonly number[], range: readonly [number, number], count = 5): Axis {
  const [low = 0, high = 1] = extent(values);
  if (low > 0 && high / low > LOG_RATIO) {
    const scale = scaleLog([low / 1.15, high * 1.15], [...range]);
    const mantissas = Math.log10(high / low) > WIDE_DECADES ? [1] : [1, 2, 5];
    const isShown = (tick: number) => mantissas.includes(Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9)));
    return { at: (value) => scale(value), ticks: scale.ticks(10).filter(isShown), logarithmic: true };
  }
  const scale = scaleLinear(low === high ? [low - 0.5, high + 0.5] : [low, high], [...range]).nice(count);
  return { at: (value) => scale(value), ticks: scale.ticks(count), logarithmic: false };
}

/** Straight, from the first epoch to the last, with whole numbers at its ticks. */
export function epochAxis(epochs: readonly number[], range: readonly [number, number]): Axis {
  const [first = 1, last = 1] = extent(epochs);
  const scale = scaleLinear([first, last], [...range]);
  const ticks = scale.ticks(6).filter(Number.isInteger);
  const isApart = (ticks[0] ?? last) - first > (last - first) / 10;
  return { at: (value) => scale(value), ticks: isApart ? [first, ...ticks] : ticks, logarithmic: false };
}

/** A number at a tick: no digits that the step does not need. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(0);
  return String(Number(value.toPrecision(6)));
}

/** Grid lines with their numbers at the left, and the axis' name above them. */
export function leftAxis(axis: Axis, frame: Frame, name: string): Markup {
  const { left, right, width, top } = frame;
  return html`<g class="axis">${axis.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${px(left)}" x2="${px(width - right)}" y1="${px(axis.at(tick))}" y2="${px(axis.at(tick))}"/><text x="${px(left - 7)}" y="${px(axis.at(tick) + 4)}" text-anchor="end">${tickText(tick)}</text>`,
  )}<text class="name" x="${px(Math.max(0, left - 40))}" y="${px(top - 10)}">${name}</text></g>`;
}

/** Numbers below the figure and the axis' name below them. */
export function bottomAxis(axis: Axis, frame: Frame, name: string): Markup {
  const { left, right, width, height, bottom, top } = frame;
  const base = height - bottom;
  return html`<g class="axis">${axis.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${px(axis.at(tick))}" x2="${px(axis.at(tick))}" y1="${px(top)}" y2="${px(base)}"/><text x="${px(axis.at(tick))}" y="${px(base + 17)}" text-anchor="middle">${tickText(tick)}</text>`,
  )}<text class="name" x="${px((left + width - right) / 2)}" y="${px(base + 36)}" text-anchor="middle">${name}</text></g>`;
}

/** How many series can be told apart; each has its colour and its dashes. */
export const SERIES_COUNT = 6;

export function seriesClass(index: number): string {
  return `s${index % SERIES_COUNT}`;
}
