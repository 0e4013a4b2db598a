/** A network and its workload as files in a folder, read by every process that trains it; arrays are raw little-endian. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParameterTensor } from '../../agent/engine/index.ts';
import type { BenchNet } from '../nets/nets.ts';
import { comparedSteps, type Workload } from '../nets/workload.ts';

/** `net.json` holds what the peers in Python build their models from. */
export async function writeWorkload(
  folder: string,
  net: BenchNet,
  { train, order }: Workload,
  parameters: readonly ParameterTensor[],
): Promise<void> {
  const { inputShape, layers, optimizer, batchSize, classes, preprocessing } = net.structure;
  if ('columns' in preprocessing) throw new Error(`the contest is over images, and ${net.name} takes tables`);
  const description = {
    name: net.name,
    inputShape,
    layers,
    optimizer,
    batchSize,
    classes,
    scale: preprocessing.scale,
    rows: net.rows,
    epochSteps: net.epochSteps,
    epochsPerRound: net.epochsPerRound,
    comparedSteps: comparedSteps(net),
    parameters: parameters.map(({ name, shape }) => ({ name, shape })),
  };
  const arrays = { features: train.features, labels: train.labels, order };
  for (const [name, values] of Object.entries(arrays)) await writeFile(join(folder, name), values);
  for (const { name, values } of parameters) await writeFile(join(folder, name), values);
  await writeFile(join(folder, 'net.json'), JSON.stringify(description));
}

/** The common weights. */
export async function readParameters(folder: string): Promise<readonly ParameterTensor[]> {
  const description = JSON.parse(await readFile(join(folder, 'net.json'), 'utf8')) as {
    readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  };
  return Promise.all(
    description.parameters.map(async ({ name, shape }) => {
      const { buffer, byteOffset, byteLength } = await readFile(join(folder, name));
      return { name, shape, values: new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)) };
    }),
  );
}
