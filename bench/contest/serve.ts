/** `dist/bench.js serve CONTESTANT NET FOLDER`: one of our own contestants as a process of its own. */
import { benchNet } from '../nets/nets.ts';
import { makeWorkload, stepsPerRound } from '../nets/workload.ts';
import { readParameters, writeWorkload } from './files.ts';
import { GEMM_SIZES, openGemm } from './gemm.ts';
import { openOurs } from './ours.ts';
import { serve } from './process.ts';

/** The first to be started: it draws the weights and writes them down for the others. */
async function serveSower(name: string, folder: string): Promise<void> {
  const net = benchNet(name);
  const work = makeWorkload(net);
  const { library, firstLosses, parameters, trainRound } = await openOurs(net, work);
  await writeWorkload(folder, net, work, parameters);
  await serve({ library, stepsPerRound: stepsPerRound(net), losses: { engine: firstLosses } }, trainRound);
}

async function serveTfjs(backend: 'wasm' | 'cpu', name: string, folder: string): Promise<void> {
  const { openTfjs } = await import('./tfjs.ts');
  const net = benchNet(name);
  const training = await openTfjs(backend, net, makeWorkload(net), await readParameters(folder));
  const { library, version, firstLosses, trainRound } = training;
  await serve({ library, stepsPerRound: training.stepsPerRound, losses: { [version]: firstLosses } }, trainRound);
}

async function serveGemm(): Promise<void> {
  const products = new Map(await Promise.all(GEMM_SIZES.map(async (n) => [String(n), await openGemm(n)] as const)));
  const losses = Object.fromEntries([...products.keys()].map((variant) => [variant, []]));
  await serve({ library: 'Gemm', stepsPerRound: 1, losses }, async (variant) => products.get(variant)?.());
}

export async function serveContestant(args: readonly string[]): Promise<void> {
  const [contestant, net = '', folder = ''] = args;
  switch (contestant) {
    case 'sower':
      return serveSower(net, folder);
    case 'tfjs-wasm':
      return serveTfjs('wasm', net, folder);
    case 'tfjs-cpu':
      return serveTfjs('cpu', net, folder);
    case 'gemm':
      return serveGemm();
    default:
      throw new Error(`no contestant "${contestant}"`);
  }
}
