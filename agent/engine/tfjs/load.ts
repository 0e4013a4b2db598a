/**
 * Loads TensorFlow.js: with CUDA, else with libtensorflow on the CPU, both from where `sower engine install` put them,
 * else in pure JavaScript.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EXIT, SowerError } from '../../../shared/kernel/errors.ts';
import { LIBTENSORFLOW_VERSION, stagedFolder, TFJS_PACKAGES, type TfjsPackage } from './staged-package.ts';

export type Tf = typeof import('@tensorflow/tfjs');
export type Tensor = import('@tensorflow/tfjs').Tensor;

export interface LoadOptions {
  /** The user's cache folder. */
  readonly cacheDir: string;
  /** Threads inside one operator; what the first engine of a process asks for holds for all of them. */
  readonly threads: number;
  /** This one and no other. Default: the best that is installed. */
  readonly use?: TfjsPackage;
}

export interface LoadedTfjs {
  readonly tf: Tf;
  readonly package: TfjsPackage;
  /** Of TensorFlow.js and, where there is one, of the library beneath. */
  readonly version: string;
  /** `tensorflow` or `cpu`, as tfjs calls its backends; `cuda` where libtensorflow found a GPU. */
  readonly backend: string;
}

/** The packages that could be loaded, best first; `tfjs` also from a checkout's own packages. */
export function installedTfjs(cacheDir: string): readonly TfjsPackage[] {
  return TFJS_PACKAGES.filter((name) => requireFor(name, cacheDir) !== null);
}

/** Throws SowerError E_ENGINE_MISSING where none is installed, E_ENGINE_LOAD where the one that is does not load. */
export async function loadTfjs({ cacheDir, threads, use }: LoadOptions): Promise<LoadedTfjs> {
  const wanted = use === undefined ? TFJS_PACKAGES : [use];
  for (const name of wanted) {
    const load = requireFor(name, cacheDir);
    if (load === null) continue;
    const tf = claimed(name, () => loadPackage(name, load, threads));
    tf.enableProdMode();
    const backend = name === 'tfjs' ? 'cpu' : 'tensorflow';
    if (!(await tf.setBackend(backend))) throw loadError(name, `it has no ${backend} backend here`);
    await tf.ready();
    return { tf, package: name, version: versionOf(tf), backend: usesGpu(tf) ? 'cuda' : backend };
  }
  throw new SowerError('E_ENGINE_MISSING', `the engine tfjs needs ${wanted.join(' or ')}, which is not installed`, {
    where: join(cacheDir, 'engines'),
    fix: `run "sower engine install ${use ?? 'tfjs-node'}", or train with "engine: ort"`,
    exit: EXIT.notFound,
  });
}

let holder: TfjsPackage | null = null;

/**
 * All copies of TensorFlow.js in a process share one backend, so that a second one would take the first one's work over. One that
 * does not load holds nothing.
 */
function claimed(name: TfjsPackage, load: () => Tf): Tf {
  if (holder !== null && holder !== name) throw new Error(`this process trains with ${holder}, it cannot load ${name}`);
  const tf = load();
  holder = name;
  return tf;
}

/** A `require` that finds the package, or null. */
function requireFor(name: TfjsPackage, cacheDir: string): NodeJS.Require | null {
  const manifest = join(stagedFolder(cacheDir, name), 'package.json');
  if (existsSync(manifest)) return createRequire(manifest);
  if (name !== 'tfjs') return null;
  const own = createRequire(import.meta.url);
  try {
    own.resolve('@tensorflow/tfjs');
    return own;
  } catch {
    return null;
  }
}

function loadPackage(name: TfjsPackage, load: NodeJS.Require, threads: number): Tf {
  if (name !== 'tfjs') {
    // libtensorflow reads its settings from the environment, once; what a person set there stays.
    process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
    process.env.TF_NUM_INTEROP_THREADS ??= String(threads);
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    restoreDropped(load('node:util') as Record<string, unknown>);
  }
  try {
    return load(`@tensorflow/${name}`) as Tf;
  } catch (error) {
    throw loadError(name, (error as Error).message.split('\n')[0] ?? 'no reason given', error);
  }
}

/** tfjs-node calls two functions of `node:util` that Node 23 dropped; its last release will not learn otherwise. */
function restoreDropped(util: Record<string, unknown>): void {
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

function loadError(name: TfjsPackage, reason: string, cause?: unknown): SowerError {
  return new SowerError('E_ENGINE_LOAD', `${name} is installed but does not load: ${reason}`, {
    fix: `run "sower engine install ${name} --force", or train with "engine: ort"`,
    exit: EXIT.notFound,
    cause,
  });
}

interface NativeBackend {
  readonly binding?: { readonly TF_Version?: string };
  readonly isUsingGpuDevice?: boolean;
}

function versionOf(tf: Tf): string {
  const library = (tf.backend() as NativeBackend).binding;
  return library === undefined
    ? tf.version.tfjs
    : `${tf.version.tfjs} (libtensorflow ${library.TF_Version ?? LIBTENSORFLOW_VERSION})`;
}

const usesGpu = (tf: Tf): boolean => (tf.backend() as NativeBackend).isUsingGpuDevice === true;
