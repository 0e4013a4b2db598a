/** Long enumerations as lines that fit the width, below one label. */

/** As wide as the labels of a page about one thing: `parameters` and two blanks. */
const LABEL_WIDTH = 12;

/** No line holds less than one word, however narrow the terminal. `words` stay whole; `gap` stands between them. */
export function labelledWords(label: string, words: readonly string[], gap: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}${gap}${word}`;
    if (line !== '' && LABEL_WIDTH + longer.length + gap.trimEnd().length > width) {
      lines.push(`${line}${gap.trimEnd()}`);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((text, i) => `${(i === 0 ? label : '').padEnd(LABEL_WIDTH)}${text}`);
}
