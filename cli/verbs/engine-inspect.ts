import { readFile } from 'node:fs/promises';
import { inspectStructure, type ModelSummary, readModel } from '../../agent/engine/index.ts';
import { cacheFolder } from '../../agent/shell/home.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import { modelLines, structureLines } from '../engine/inspect-lines.ts';
import { structureOfTrial } from '../engine/structure-of-trial.ts';
import { loadSweep } from '../running/load-sweep.ts';
import type { Verb } from './verb.ts';

interface InspectFlags {
  readonly trial?: string;
  readonly graph?: boolean;
}

/** `sower engine inspect FILE`: a model file, or what a sweep file compiles to. */
export const engineInspect: Verb = async ({ output, json, home }, { args, flags }) => {
  const file = args[0] as string;
  const { trial: id, graph = false } = flags as unknown as InspectFlags;
  if (file.endsWith('.onnx')) {
    if (id !== undefined || graph) throw misfit(id === undefined ? '--graph' : '--trial');
    const model = await readOnnx(file);
    if (json) output.line(JSON.stringify({ model }));
    else for (const line of modelLines(model, output)) output.line(line);
    return EXIT.ok;
  }
  const { valid } = await loadSweep(file);
  const folders = { dataDir: process.env.SOWER_DATA ?? null, cacheDir: cacheFolder(home) };
  const { trial, structure, engine } = await structureOfTrial(valid, id ?? trialId(0), file, folders);
  const report = inspectStructure(structure);
  if (json) {
    const { graph: text, ...numbers } = report;
    const shown = graph ? { ...numbers, graph: text } : numbers;
    output.line(JSON.stringify({ trial: trial.id, params: trial.params, engine, structure: shown }));
    return EXIT.ok;
  }
  for (const line of structureLines({ trial, structure, engine }, report, output)) output.line(line);
  if (graph) output.line(`\n${report.graph}`);
  else output.note('the graph itself: add --graph');
  return EXIT.ok;
};

const misfit = (flag: string): SowerError =>
  new SowerError('E_USAGE', `${flag} is for sweep files, and this is a model`, {
    fix: `leave ${flag} out`,
    exit: EXIT.usage,
  });

async function readOnnx(file: string): Promise<ModelSummary> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new SowerError('E_MODEL_READ', missing ? 'there is no such file' : 'this file cannot be read', {
      where: file,
      fix: 'check the path',
      cause: error,
    });
  }
  try {
    return readModel(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SowerError('E_MODEL_READ', `this is not an ONNX model: ${error.message}`, {
      where: file,
      fix: 'name a model.onnx that a trial left, or any other ONNX file',
      cause: error,
    });
  }
}
