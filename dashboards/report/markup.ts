/** Text that is markup already, so that whatever is not gets escaped: names and values in a sweep file are anybody's. */
export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | null | readonly Content[];

/** Template tag: interpolated text and numbers are escaped, markup and lists of it are taken as they are. */
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const [first, ...rest] = pieces;
  return { markup: rest.reduce((text, piece, i) => text + contentText(contents[i]!) + piece, first!) };
}

function contentText(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string' || typeof content === 'number') return escapeText(String(content));
  return 'markup' in content ? content.markup : content.map(contentText).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe between tags and inside quoted attributes; control characters, which no page may hold, become U+FFFD. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!).replace(/[^\P{Cc}\n\t]/gu, '\u{FFFD}');
}

/** A coordinate: a tenth of a pixel is finer than anybody sees. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** At most `most` characters. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}\u{2026}`;
}
