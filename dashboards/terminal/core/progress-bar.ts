const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** `▕███▌    ▏`: `share` (0..1) of a bar `width` cells long, edges included. */
export function progressBar(share: number, width: number, ascii: boolean): string {
  const inner = Math.max(1, width - 2);
  const clamped = Math.min(1, Math.max(0, share));
  if (ascii) {
    const full = Math.round(clamped * inner);
    return `[${'#'.repeat(full)}${' '.repeat(inner - full)}]`;
  }
  const eighths = Math.round(clamped * inner * 8);
  const full = Math.floor(eighths / 8);
  const part = EIGHTHS[eighths % 8] ?? '';
  return `▕${'█'.repeat(full)}${part}${' '.repeat(inner - full - part.length)}▏`;
}
