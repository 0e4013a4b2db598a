import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { type Contents, contentsAt } from '../../agent/data/sources/contents.ts';
import { BLOCK_BYTES } from '../../agent/data/sources/folder-archive.ts';
import type { Bus, ObjectShelf } from '../../shared/bus/port.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { formatBytes } from '../../shared/view/format.ts';
import type { CliContext } from '../context.ts';
import { makeHome } from '../home-folder.ts';
import { noteWhenSlow } from '../note-when-slow.ts';
import { onAnyServer } from '../reading/open-bus.ts';
import { pushContents } from '../running/stock-data.ts';
import type { Verb } from './verb.ts';

/** Of a folder without files. */
const EMPTY_ARCHIVE_BYTES = 2 * BLOCK_BYTES;

type Outcome = 'stored' | 'exists' | 'repaired';

/** `sower data push FILE`: puts a file or folder into the object store under its SHA-256, once. */
export const dataPush: Verb = async (context, { args }) => {
  const given = args[0] as string;
  const { output, json, home } = context;
  const path = resolve(given);
  const contents = await noteWhenSlow(contentsAt(path), () => output.note(`reading ${given} ...`));
  if (contents === null) throw missing(given);
  if (contents.bytes <= (contents.kind === 'folder' ? EMPTY_ARCHIVE_BYTES : 0)) throw empty(given);
  makeHome(home);
  const title = basename(path);
  const outcome = await onAnyServer(context, (bus) => push(bus, contents, title, context));
  const { sha256, kind, bytes } = contents;
  if (json) {
    output.line(JSON.stringify({ sha256, name: title, kind, bytes, outcome }));
    return EXIT.ok;
  }
  const said = {
    stored: `stored ${title}`,
    exists: `${title} is stored already, and intact`,
    repaired: `stored ${title} again: the copy there was damaged`,
  }[outcome];
  output.line(`${said} (${kind}, ${formatBytes(bytes)})`);
  output.line(`SHA-256 ${sha256}`);
  output.line('in a sweep file, below train:');
  output.line(`  data: {file: ${JSON.stringify(title)}, sha256: ${sha256}}`);
  if (context.natsUrl === null) output.note(`stored for agents of ${home}; for those of a server, name it with --nats`);
  return EXIT.ok;
};

async function push(bus: Bus, contents: Contents, title: string, { output }: CliContext): Promise<Outcome> {
  await bus.provision();
  const outcome = await pushContents(contents, title, bus.data, output.note);
  if (outcome === 'stored') return outcome;
  const intact = noteWhenSlow(isIntact(bus.data, contents), () => output.note('checking the copy that is there ...'));
  if (await intact) return outcome;
  await bus.data.remove(contents.sha256);
  await pushContents(contents, title, bus.data, output.note);
  return 'repaired';
}

async function isIntact(shelf: ObjectShelf, { sha256, kind }: Contents): Promise<boolean> {
  if ((await shelf.find(sha256))?.kind !== kind) return false;
  const hash = createHash('sha256');
  try {
    for await (const piece of shelf.pieces(sha256)) hash.update(piece);
  } catch (error) {
    if (error instanceof SowerError && error.code === 'E_OBJECT_DAMAGED') return false;
    throw error;
  }
  return hash.digest('hex') === sha256;
}

const missing = (path: string): SowerError =>
  new SowerError('E_DATA_MISSING', 'there is no such file or folder', {
    where: path,
    fix: 'check the path',
    exit: EXIT.notFound,
  });

const empty = (path: string): SowerError =>
  new SowerError('E_DATA_FORMAT', 'it is empty', { where: path, fix: 'name a file or folder that holds data' });
