import { EXIT } from '../../shared/kernel/errors.ts';
import { formatBytes, formatClock } from '../../shared/view/format.ts';
import { makeHome } from '../home-folder.ts';
import { formatTable } from '../output/table.ts';
import { onAnyServer } from '../reading/open-bus.ts';
import type { Verb } from './verb.ts';

/** `sower data ls`: what the object store holds, latest first. */
export const dataLs: Verb = async (context) => {
  const { output, json, home } = context;
  makeHome(home);
  const objects = await onAnyServer(context, async (bus) => {
    if (context.natsUrl === null) await bus.provision();
    return bus.data.list();
  });
  if (json) {
    for (const { name: sha256, title: name, kind, bytes, at } of objects) {
      output.line(JSON.stringify({ sha256, name, kind, bytes, stored_at: new Date(at).toISOString() }));
    }
    return EXIT.ok;
  }
  if (objects.length === 0) {
    output.note(`no data is stored yet; store some: ${context.command} data push FILE`);
    return EXIT.ok;
  }
  const columns = [
    { title: 'SHA-256', align: 'left' },
    { title: 'name', align: 'left' },
    { title: 'kind', align: 'left' },
    { title: 'size', align: 'right' },
    { title: 'stored', align: 'left' },
  ] as const;
  const cells = objects.map(({ name, title, kind, bytes, at }) => [
    name.slice(0, 12),
    title,
    kind,
    formatBytes(bytes),
    `${new Date(at).toISOString().slice(0, 10)} ${formatClock(at)}`,
  ]);
  for (const line of formatTable(columns, cells, output.columns)) output.line(line);
  return EXIT.ok;
};
