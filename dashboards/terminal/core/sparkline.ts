const BLOCKS = '▁▂▃▄▅▆▇█';
const ASCII_LEVELS = '_.-=+*#@';

/** The course of `values` in `width` cells, scaled to its own range; the newest value is at the right. */
export function sparkline(values: readonly number[], width: number, ascii: boolean): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0 || width <= 0) return '';
  const cells = Math.min(width, finite.length);
  const lowest = Math.min(...finite);
  const range = Math.max(...finite) - lowest;
  const levels = ascii ? ASCII_LEVELS : BLOCKS;
  let line = '';
  for (let cell = 0; cell < cells; cell++) {
    const value = finite[Math.round((cell * (finite.length - 1)) / Math.max(1, cells - 1))] ?? lowest;
    const share = range === 0 ? 0.5 : (value - lowest) / range;
    line += levels[Math.min(levels.length - 1, Math.floor(share * levels.length))];
  }
  return line;
}
