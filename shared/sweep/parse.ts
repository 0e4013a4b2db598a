import { SowerError } from '../kernel/errors.ts';
import { sweepId } from '../kernel/ids.ts';
import { assembleSweep } from './assemble.ts';
import { contentHash } from './canonical.ts';
import { readDocument, type SourceDocument } from './document.ts';
import { plannedTrials } from './expansion.ts';
import { sweepFile } from './file-schema.ts';
import { type Finding, pathText } from './finding.ts';
import { checkShape } from './shape.ts';
import { checkText } from './source-text.ts';
import type { SweepSpec, ValidSweep } from './spec.ts';
import { type KnowData, knownData } from './train/known-data.ts';
import { explainWandb } from './wandb.ts';

/**
 * The sweep that a file's text describes; throws the first of its faults (E_SWEEP_*, E_NAME) with `file:line:col`. `know`:
 * what models and metrics are checked against.
 */
export function parseSweep(text: string, file: string, know: KnowData = knownData): ValidSweep {
  const examined = examine(text, file, know);
  if ('sweep' in examined) return examined.sweep;
  throw examined.errors[0];
}

/** Every fault of a file's text, in the order in which they stand there; empty for a sweep that can run. */
export function checkSweep(text: string, file: string, know: KnowData = knownData): readonly SowerError[] {
  const examined = examine(text, file, know);
  return 'errors' in examined ? examined.errors : [];
}

/** A sweep with its identity: what is trained, in which order, and nothing else. */
export function identifySweep(spec: SweepSpec): ValidSweep {
  const { name, description: _, ...content } = spec;
  const hash = contentHash(content);
  return { spec, hash, id: sweepId(name, hash), plannedTrials: plannedTrials(spec) };
}

type Examined = { readonly sweep: ValidSweep } | { readonly errors: readonly SowerError[] };

function examine(text: string, file: string, know: KnowData): Examined {
  let clean: string;
  try {
    clean = checkText(text, file);
  } catch (error) {
    if (error instanceof SowerError) return { errors: [error] };
    throw error;
  }
  const source = readDocument(clean);
  if (source.findings.length > 0) return { errors: placed(source.findings, source, file) };
  if (source.value === null) return { errors: [empty(file)] };
  const shape = checkShape(sweepFile, source.value, [], explainWandb);
  if ('findings' in shape) return { errors: placed(shape.findings, source, file) };
  const findings: Finding[] = [];
  const spec = assembleSweep(shape.data, source, know, (finding) => findings.push(finding));
  return spec === null ? { errors: placed(findings, source, file) } : { sweep: identifySweep(spec) };
}

function empty(file: string): SowerError {
  const fix = 'copy sweeps/quickstart.yaml and change it';
  return new SowerError('E_SWEEP_EMPTY', 'the file holds no sweep', { where: file, fix });
}

function placed(findings: readonly Finding[], source: SourceDocument, file: string): readonly SowerError[] {
  return findings
    .map((finding) => ({ finding, offset: offsetIn(finding, source) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ finding: { code, path, message, fix }, offset }) => {
      const { line, column } = source.position(offset);
      const subject = path.length === 0 ? '' : `${pathText(path)}: `;
      const where = `${file}:${line}:${column}`;
      return new SowerError(code, `${subject}${message}`, { where, ...(fix === undefined ? {} : { fix }) });
    });
}

function offsetIn(finding: Finding, source: SourceDocument): number {
  if ('offset' in finding && typeof finding.offset === 'number') return finding.offset;
  return source.offsetOf(finding.path, finding.atKey);
}
