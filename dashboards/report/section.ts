import { type Content, html, type Markup } from './markup.ts';

/** One numbered part of the page; `remark` says in a sentence how to read it. */
export function section(title: string, remark: Content, body: Content): Markup {
  return html`<section><h2>${title}</h2>${remark === null ? null : html`<p class="remark">${remark}</p>`}${body}</section>`;
}

export interface TableColumn {
  readonly title: string;
  readonly numeric?: boolean;
}

export interface TableRow {
  readonly cells: readonly Content[];
  readonly tone?: 'best' | 'faint' | '';
}

/** The first column names each row. */
export function table(columns: readonly TableColumn[], rows: readonly TableRow[]): Markup {
  const kind = (i: number) => (columns[i]?.numeric === true ? 'number' : 'words');
  return html`<div class="wide"><table><thead><tr>${columns.map(
    ({ title }, i) => html`<th scope="col" class="${kind(i)}">${title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ({ cells, tone = '' }) =>
      html`<tr class="${tone}">${cells.map((cell, i) => html`<td class="${kind(i)}">${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** Names and values, one pair a line. */
export function facts(pairs: readonly (readonly [string, Content])[]): Markup {
  return html`<dl>${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
