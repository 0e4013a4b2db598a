import { describe, expect, it } from 'vitest';
import type { ReportData } from '../../../../dashboards/report/data.ts';
import { escapeText, html, px } from '../../../../dashboards/report/markup.ts';
import { reportPage } from '../../../../dashboards/report/page.ts';
import type { ParameterValues } from '../../../../shared/protocol/index.ts';
import { reportOf } from './report-data.ts';

describe('markup', () => {
  it('escapes what is interpolated and keeps what is markup', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"x" & \'y\''}">${inner}${[inner, 7]}${null}</p>`.markup).toBe(
      '<p title="&quot;x&quot; &amp; &#39;y&#39;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b>7</p>',
    );
  });

  it('lets no control character through but line breaks and tabs', () => {
    expect(escapeText('a\u{0}b\u{1b}[1m\n\tc')).toBe('a\u{FFFD}b\u{FFFD}[1m\n\tc');
  });

  it('rounds coordinates to a tenth', () => {
    expect(px(12.345)).toBe('12.3');
  });

  it('holds hostile names and values as text in every section', () => {
    const hostile = '</style><script>alert(1)</script>" onload="x';
    const plain = reportOf((_, seed) => seed / 100);
    const renamed = <T extends { readonly params: ParameterValues }>(one: T): T => ({
      ...one,
      params: { ...one.params, momentum: `${hostile}${one.params.momentum}` },
    });
    const values = [`${hostile}0`, `${hostile}0.9`];
    const parameters = plain.spec.parameters.map(({ path, distribution }) => ({
      path,
      distribution: path === 'momentum' ? ({ type: 'categorical', values } as const) : distribution,
    }));
    const data: ReportData = {
      ...plain,
      source: hostile,
      spec: { ...plain.spec, name: hostile, description: hostile, parameters },
      ranking: { ...plain.ranking, ranked: plain.ranking.ranked.map(renamed) },
      trials: plain.trials.map(renamed),
    };
    const page = reportPage({ ...data, sweep: hostile });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('" onload="');
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});
