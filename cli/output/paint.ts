/** Semantic colours from the terminal's own sixteen, so that light themes work; the identity where colour is off. */
export interface Paint {
  readonly enabled: boolean;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

const ESCAPE = '\u001b[';

export function createPaint(enabled: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    enabled ? `${ESCAPE}${open}m${text}${ESCAPE}${close}m` : text;
  return {
    enabled,
    good: style(32, 39),
    bad: style(31, 39),
    warn: style(33, 39),
    strong: style(1, 22),
    faint: style(2, 22),
  };
}
