import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../../../dashboards/grafana/generate.ts';
import { prometheusRules } from '../../../dashboards/grafana/rules.ts';
import { METRICS } from '../../../shared/metrics/names.ts';
import { packageRoot } from '../../../shared/process/package-root.ts';

const catalogued = new Set<string>(Object.values(METRICS).map(({ name }) => name));
const recorded = new Set(
  prometheusRules().groups.flatMap(({ rules }) => rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))),
);

describe('generated deployment files', () => {
  it.each([...generatedFiles()])('%s is committed as generated (npm run dashboards)', (path, content) => {
    expect(readFileSync(join(packageRoot(), path), 'utf8')).toBe(content);
  });

  it.each([...generatedFiles()])('%s names only catalogued metrics and recorded rules', (_, content) => {
    const used = content.match(/\b(?:(?:sweep|pool):)?sower_[a-z0-9_]+(?::[a-z0-9_]+)?/g) ?? [];
    expect(used.length).toBeGreaterThan(5);
    expect([...new Set(used)].filter((name) => !catalogued.has(name) && !recorded.has(name))).toEqual([]);
  });

  it('every alert has a section in docs/alerts.md', () => {
    const page = readFileSync(join(packageRoot(), 'docs/alerts.md'), 'utf8');
    const alerts = prometheusRules().groups.flatMap(({ rules }) =>
      rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])),
    );
    expect(alerts.filter((alert) => !page.includes(`## ${alert}\n`))).toEqual([]);
  });

  it('every panel of the dashboard has a title, a description, a unit and a query', () => {
    const json = generatedFiles().get('deploy/grafana/dashboards/sower-overview.json') ?? '';
    const board = JSON.parse(json) as { panels: { type: string; panels?: unknown[] }[]; editable: boolean };
    expect(board.editable).toBe(false);
    const panels = board.panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
    expect(panels.length).toBeGreaterThanOrEqual(4);
    for (const panel of board.panels.filter(({ type }) => type !== 'row')) {
      expect(panel).toMatchObject({
        title: expect.stringMatching(/\w/),
        description: expect.stringMatching(/\w/),
        fieldConfig: { defaults: { unit: expect.any(String) } },
        targets: expect.arrayContaining([expect.objectContaining({ expr: expect.stringMatching(/sower_/) })]),
      });
    }
  });
});
