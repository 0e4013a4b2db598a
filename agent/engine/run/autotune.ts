/**
 * Chooses how each convolution is computed by timing it on this machine, once: what was found is kept in a folder, so that
 * every process that is given the folder chooses alike, today and tomorrow.
 */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import {
  BY_RULE,
  type ConvForm,
  type ConvShape,
  convKey,
  formByRule,
  formsFor,
  type Lowering,
} from '../compile/lower/choice.ts';
import { convFlops, convShapes } from '../compile/lower/structure-convs.ts';
import type { Structure } from '../port.ts';
import { convMs, type TimedConv } from './conv-timing.ts';
import { runtimeVersion } from './session.ts';

/** Work of one forward pass between which timing pays: less is noise, more takes seconds and goes by rule. */
const LEAST_FLOPS = 5e6;
const MOST_FLOPS = 2e9;

/** Another form has to be this much faster than the rule's, or chance would choose. */
const LEAST_GAIN = 1.05;

export interface AutotuneOptions {
  readonly folder: string;
  readonly threads: number;
}

interface Found {
  readonly key: string;
  readonly form: ConvForm;
  /** Milliseconds of each form that was tried. */
  readonly times: Readonly<Record<string, number>>;
}

/** Forms for the convolutions of a structure that are worth timing; the others go by rule. */
export async function tunedLowering(structure: Structure, options: AutotuneOptions): Promise<Lowering> {
  const chosen = new Map<string, ConvForm>();
  const shapes = convShapes(structure);
  for (const [index, shape] of shapes.entries()) {
    const flops = convFlops(shape) * structure.batchSize;
    if (flops < LEAST_FLOPS || flops > MOST_FLOPS) continue;
    // Only what stands first has an input without a gradient; it does not matter much if it is not the first layer.
    const timed = { shape, batch: structure.batchSize, inputGrad: index > 0 };
    chosen.set(convKey(shape), await formFor(timed, options));
  }
  return chosen.size === 0 ? BY_RULE : { chosen };
}

async function formFor(conv: TimedConv, { folder, threads }: AutotuneOptions): Promise<ConvForm> {
  const key = [
    cpus()[0]?.model ?? 'unknown',
    runtimeVersion(),
    threads,
    conv.batch,
    conv.inputGrad,
    convKey(conv.shape),
    // Where a version of the engine knows more forms, what an earlier one found is not the last word.
    candidates(conv).map(formText).join('; '),
  ].join(' | ');
  const file = join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  const known = readFound(file, key, conv.shape);
  if (known !== null) return known;
  const times: Record<string, number> = {};
  let best = formByRule(conv.shape);
  let bestMs = Number.POSITIVE_INFINITY;
  for (const form of candidates(conv)) {
    const ms = await convMs(conv, form, threads);
    times[formText(form)] = ms;
    if (ms * (bestMs === Number.POSITIVE_INFINITY ? 1 : LEAST_GAIN) >= bestMs) continue;
    best = form;
    bestMs = ms;
  }
  return keepFirst(folder, file, { key, form: best, times }, conv.shape);
}

const formText = ({ forward, inputGrad }: ConvForm): string => `${forward}, ${inputGrad}`;

/** The rule's form first. */
function candidates({ shape, inputGrad }: TimedConv): readonly ConvForm[] {
  const { forward, inputGrad: back } = formsFor(shape);
  const rule = formByRule(shape);
  const all = forward.flatMap((form): readonly ConvForm[] => {
    if (!inputGrad) return [{ forward: form, inputGrad: rule.inputGrad }];
    if (form === 'im2col') return back.map((other) => ({ forward: form, inputGrad: other }));
    return [{ forward: form, inputGrad: form === 'winograd' || form === 'winograd4' ? form : 'transposed' }];
  });
  const others = all.filter((form) => form.forward !== rule.forward || form.inputGrad !== rule.inputGrad);
  return [rule, ...others];
}

/** What the folder holds for a key; null where that is nothing, or nothing that can be used. */
function readFound(file: string, key: string, shape: ConvShape): ConvForm | null {
  if (!existsSync(file)) return null;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Found>;
    const { forward, inputGrad } = formsFor(shape);
    const form = found.form;
    const usable =
      found.key === key && form !== undefined && forward.includes(form.forward) && inputGrad.includes(form.inputGrad);
    return usable ? { forward: form.forward, inputGrad: form.inputGrad } : null;
  } catch {
    return null;
  }
}

/** Of several processes that timed the same at once the first to be done decides for all. */
function keepFirst(folder: string, file: string, found: Found, shape: ConvShape): ConvForm {
  mkdirSync(folder, { recursive: true });
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(found, null, 2)}\n`);
  try {
    linkSync(written, file);
  } catch {
    const theirs = readFound(file, found.key, shape);
    if (theirs !== null) return theirs;
    // What lay there is of no use, to nobody.
    rmSync(file, { force: true });
    linkSync(written, file);
  } finally {
    rmSync(written, { force: true });
  }
  return found.form;
}
