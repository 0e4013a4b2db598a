import { resolve } from 'node:path';
import { assertNever } from '../../shared/kernel/assert.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { formatAmount, formatBytes, formatCount } from '../../shared/view/format.ts';
import type { CliContext } from '../context.ts';
import { csvLines } from '../exporting/csv.ts';
import { type ExportedFile, writeFolder, writeLines } from '../exporting/destination.ts';
import { jsonLines } from '../exporting/jsonl.ts';
import { mlflowFiles } from '../exporting/mlflow.ts';
import { type ExportSource, exportSource } from '../exporting/source.ts';
import { tensorboardFiles } from '../exporting/tensorboard.ts';
import { artifactPath } from '../reading/artifact-path.ts';
import { withBus } from '../reading/open-bus.ts';
import { readSweep } from '../reading/read-sweep.ts';
import { findSweep } from '../reading/sweeps.ts';
import { writingTo } from '../writing-to.ts';
import type { Verb } from './verb.ts';

export type ExportFormat = 'csv' | 'jsonl' | 'tensorboard' | 'mlflow';

interface ExportFlags {
  readonly format: ExportFormat;
  readonly out?: string;
  readonly force?: boolean;
}

/** `sower export [SWEEP] --format csv|jsonl|tensorboard|mlflow [--out PATH]` */
export const exportVerb: Verb = async (context, { args, flags }) => {
  const wanted = flags as unknown as ExportFlags;
  if (context.json && wanted.format === 'csv' && isStdout(wanted)) {
    throw new SowerError('E_USAGE', '--json says where an export went, and this one goes to stdout', {
      fix: 'name a file with --out, or export --format jsonl',
      exit: EXIT.usage,
    });
  }
  return withBus(context, async (bus) => {
    const source = await exportSource(bus, await readSweep(bus, await findSweep(bus, args[0])));
    const missing = source.planned - source.trials.length;
    if (missing > 0)
      context.output.note(`${formatAmount(missing, 'trial')} of ${source.sweep} not ended yet: left out`);
    await exportTo(source, wanted, context);
    return EXIT.ok;
  });
};

function isStdout({ format, out }: ExportFlags): boolean {
  return (format === 'csv' || format === 'jsonl') && (out === undefined || out === '-');
}

async function exportTo(source: ExportSource, flags: ExportFlags, context: CliContext): Promise<void> {
  const { format, out, force = false } = flags;
  switch (format) {
    case 'csv':
    case 'jsonl': {
      const [lines, lineEnd] = format === 'csv' ? [csvLines(source), '\r\n'] : [jsonLines(source), '\n'];
      if (isStdout(flags)) return printLines(lines, lineEnd, context);
      const path = resolve(out as string);
      const bytes = await writingTo(path, '--out', () => writeLines(path, lines, lineEnd, force));
      return say(source, context, { format, path, bytes }, formatBytes(bytes));
    }
    case 'tensorboard':
    case 'mlflow': {
      const path = resolve(out ?? `exports/${source.sweep}/${format}`);
      const files =
        format === 'tensorboard' ? tensorboardFiles(source) : await mlflowFolder(source, path, context.home);
      const about = { sweep: source.sweep, hash: source.hash, as: format };
      const count = await writingTo(path, '--out', () => writeFolder(path, files, about, force));
      return say(source, context, { format, path, files: count }, formatAmount(count, 'file'), READERS[format](path));
    }
    default:
      return assertNever(format);
  }
}

/** What to type next. */
const READERS = {
  tensorboard: (path: string) => `tensorboard --logdir ${path}`,
  // Newer versions of MLflow read a folder only where they are told so.
  mlflow: (path: string) => `MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri ${path}`,
} as const;

function printLines(lines: Iterable<string>, lineEnd: string, { output }: CliContext): void {
  for (const line of lines) {
    if (output.closed.aborted) return;
    output.line(`${line}${lineEnd.slice(0, -1)}`);
  }
}

async function mlflowFolder(source: ExportSource, folder: string, home: string): Promise<Iterable<ExportedFile>> {
  const paths = new Map<string, string>();
  for (const { record } of source.trials) {
    for (const { name, sha256 } of record.artifacts ?? []) {
      const path = await artifactPath(record, name, home);
      if (path !== null) paths.set(sha256, path);
    }
  }
  return mlflowFiles(source, { folder, pathOf: (sha256) => paths.get(sha256) ?? null });
}

function say(
  { sweep, trials }: ExportSource,
  { output, json }: CliContext,
  facts: Readonly<Record<string, unknown>> & { readonly path: string },
  size: string,
  next?: string,
): void {
  if (json) output.line(JSON.stringify({ sweep, trials: trials.length, ...facts }));
  else output.line(`${facts.path}  ${formatCount(trials.length)} trials, ${size}`);
  if (next !== undefined) output.note(`look at it: ${next}`);
}
