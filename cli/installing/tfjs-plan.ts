/** TensorFlow.js, with libtensorflow out of a Python wheel and an addon compiled here. */
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import {
  LIBTENSORFLOW_VERSION,
  stagedFolder,
  TFJS_VERSION,
  type TfjsPackage,
} from '../../agent/engine/tfjs/staged-package.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { CUDA_12_WHEELS } from './cuda-wheels.ts';
import type { Plan, Step } from './plan.ts';
import { type Wheel, wheelStep } from './wheel.ts';

const TAG = 'cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64';

/** The wheel's C++ library exports the whole C API, which is all that the addon calls. */
const WHEELS: Readonly<Record<'tfjs-node' | 'tfjs-node-gpu', Wheel>> = {
  'tfjs-node': {
    project: 'tensorflow-cpu',
    version: LIBTENSORFLOW_VERSION,
    file: `tensorflow_cpu-${LIBTENSORFLOW_VERSION}-${TAG}.whl`,
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    bytes: 207_208_420,
  },
  'tfjs-node-gpu': {
    project: 'tensorflow',
    version: LIBTENSORFLOW_VERSION,
    file: `tensorflow-${LIBTENSORFLOW_VERSION}-${TAG}.whl`,
    sha256: 'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
    bytes: 475_258_663,
  },
};

/** Headers of Node's stable C interface, so that those of this Node need not be installed. */
const NODE_HEADERS = 'node-api-headers@1.9.0';
const NAPI_VERSION = 8;

/** What the addon includes. */
const HEADERS = /^tensorflow\/include\/((tensorflow|tsl)\/(c|core\/platform|platform)\/.*\.h)$/;
const LIBRARY = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/;

export function tfjsPlan(name: TfjsPackage, cacheDir: string): Plan {
  const folder = stagedFolder(cacheDir, name);
  if (name === 'tfjs') {
    return {
      name,
      what: `tfjs ${TFJS_VERSION} in pure JavaScript`,
      folder,
      diskBytes: 308e6,
      tools: { npm: 'npm' },
      steps: [npmStep([`@tensorflow/tfjs@${TFJS_VERSION}`]), tryStep(name)],
    };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const here = `${process.platform} ${process.arch}`;
    throw new SowerError('E_ENGINE_PLATFORM', `${name} can be installed on 64-bit x86 Linux only, this is ${here}`, {
      fix: 'run "sower engine install tfjs", or train with "engine: ort"',
    });
  }
  const home = `node_modules/@tensorflow/${name}`;
  const gpu = name === 'tfjs-node-gpu';
  return {
    name,
    what: `${name} ${TFJS_VERSION} with libtensorflow ${LIBTENSORFLOW_VERSION}`,
    folder,
    diskBytes: gpu ? 4.3e9 : 890e6,
    tools: { npm: 'npm', 'g++': 'g++' },
    steps: [
      npmStep([`@tensorflow/${name}@${TFJS_VERSION}`, NODE_HEADERS]),
      wheelStep(WHEELS[name], 'libtensorflow and its headers', (entry) => {
        const library = LIBRARY.exec(entry)?.[1];
        if (library !== undefined) return `${home}/deps/lib/${library}`;
        const header = HEADERS.exec(entry)?.[1];
        return header === undefined ? null : `headers/${header}`;
      }),
      compileStep(home),
      ...(gpu ? CUDA_12_WHEELS.map((wheel) => cudaStep(wheel, home)) : []),
      tryStep(name),
    ],
  };
}

/** Without scripts: the package's own would remove the libraries and download others. */
function npmStep(packages: readonly string[]): Step {
  return {
    title: `npm install ${packages.join(' ')}`,
    downloadBytes: null,
    run: async (folder) => {
      await writeFile(join(folder, 'package.json'), '{"private": true}\n');
      const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact'];
      const result = await execa('npm', ['install', ...flags, ...packages], {
        cwd: folder,
        reject: false,
        stdin: 'ignore',
        all: true,
      });
      if (result.failed)
        throw stepError('npm install', result.all, EXIT.unreachable, 'see to it that npm can reach its registry');
    },
  };
}

function compileStep(home: string): Step {
  return {
    title: 'compile the addon (g++, some seconds)',
    downloadBytes: null,
    run: async (folder) => {
      const root = join(folder, home);
      const library = join(root, 'deps', 'lib');
      await symlink('libtensorflow_cc.so.2', join(library, 'libtensorflow.so'));
      await symlink('libtensorflow_framework.so.2', join(library, 'libtensorflow_framework.so'));
      const addon = join(root, 'lib', `napi-v${NAPI_VERSION}`);
      await mkdir(addon, { recursive: true });
      const sources = (await readdir(join(root, 'binding'))).filter((file) => file.endsWith('.cc'));
      const result = await execa(
        'g++',
        [
          ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NAPI_VERSION}`],
          ...['-I', join(folder, 'node_modules', 'node-api-headers', 'include')],
          ...['-I', join(folder, 'headers'), '-I', root],
          ...sources.map((file) => join(root, 'binding', file)),
          ...['-L', library, '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
          ...['-o', join(addon, 'tfjs_binding.node')],
        ],
        { reject: false, stdin: 'ignore', all: true },
      );
      if (result.failed) {
        throw stepError('compiling the addon', result.all, EXIT.checkFailed, 'use a g++ that knows C++17, 8 or newer');
      }
      await rm(join(folder, 'headers'), { recursive: true, force: true });
    },
  };
}

/** libtensorflow looks for CUDA in `../nvidia` beside its own folder. */
function cudaStep(wheel: Wheel, home: string): Step {
  return wheelStep(wheel, 'its libraries', (entry) =>
    /^nvidia\/[a-z_]+\/(lib|bin)\//.test(entry) ? `${home}/deps/${entry}` : null,
  );
}

/** In a process of its own: a native library that is broken ends that and not this one. */
function tryStep(name: TfjsPackage): Step {
  const script = `const tf = require('@tensorflow/${name}'); tf.enableProdMode(); tf.ready().then(() => {
    if (tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).sum().dataSync()[0] !== 12) throw new Error('it miscalculates');
    console.log(tf.getBackend());
  });`;
  return {
    title: 'try it out',
    downloadBytes: null,
    run: async (folder) => {
      const result = await execa(process.execPath, ['-e', script], {
        cwd: folder,
        reject: false,
        stdin: 'ignore',
        all: true,
        env: { TF_CPP_MIN_LOG_LEVEL: '2' },
        timeout: 120_000,
      });
      if (!result.failed && result.all?.includes(name === 'tfjs' ? 'cpu' : 'tensorflow')) return;
      throw stepError('trying it out', result.all, EXIT.checkFailed, 'report this with the lines above');
    },
  };
}

function stepError(what: string, output: string | undefined, exit: SowerError['exit'], fix: string): SowerError {
  const lines = (output ?? '').trim().split('\n');
  const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no reason was given';
  return new SowerError('E_ENGINE_INSTALL', `${what} failed: ${reason.trim().slice(0, 300)}`, { fix, exit });
}
