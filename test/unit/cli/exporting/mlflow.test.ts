import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { mlflowFiles } from '../../../../cli/exporting/mlflow.ts';
import { STARTED_AT, smallSource } from './export-source.ts';

const pathOf = (sha256: string) => (sha256.startsWith('a') ? '/here/history.json' : null);
const source = smallSource();
const files = [...mlflowFiles(source, { folder: '/exports/x', pathOf })];
const textOf = (path: string) => {
  const file = files.find((one) => one.path === path);
  return file !== undefined && 'contents' in file ? String(file.contents) : null;
};
const runs = files.flatMap(({ path }) => /^(\d{18})\/([0-9a-f]{32})\/meta\.yaml$/.exec(path)?.slice(1, 3) ?? []);

it('is an experiment with a run for each trial', () => {
  const [experiment, first, again, second] = runs as [string, string, string, string];
  expect(runs).toHaveLength(4);
  expect(again).toBe(experiment);
  expect(parse(textOf(`${experiment}/meta.yaml`)!)).toMatchObject({ experiment_id: experiment, name: source.sweep });
  expect(parse(textOf(`${experiment}/${first}/meta.yaml`)!)).toMatchObject({
    run_id: first,
    experiment_id: experiment,
    artifact_uri: `file:///exports/x/${experiment}/${first}/artifacts`,
    run_name: 'c0000 seed 1',
    end_time: STARTED_AT + 4000,
    status: 3,
  });
  expect(parse(textOf(`${experiment}/${second}/meta.yaml`)!)).toMatchObject({ status: 4 });
});

it('holds parameters, tags, final metrics and those of epochs', () => {
  const [experiment, first, , second] = runs;
  const of = (path: string, run = first) => textOf(`${experiment}/${run}/${path}`);
  expect([of('params/lr'), of('params/seed')]).toEqual(['0.05', '1']);
  expect(of('tags/sower.configuration')).toBe('c0000');
  expect(of('metrics/val_loss')).toBe(`${STARTED_AT + 4000} 0.25 1\n`);
  expect(of('metrics/epoch/val_loss')).toBe(`${STARTED_AT + 2000} 0.25 1\n${STARTED_AT + 4000} 0.5 2\n`);
  expect(of('metrics/val_loss', second)).toBe(`${STARTED_AT + 4000} nan 2\n`);
  const artifacts = files.filter(({ path }) => path.includes('/artifacts/'));
  expect(artifacts).toEqual([{ path: `${experiment}/${first}/artifacts/history.json`, sameAs: '/here/history.json' }]);
});
