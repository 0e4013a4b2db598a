/** This machine: Node, disk, data, GPUs, and whether the engine's runtime loads. */
import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { execa } from 'execa';
import { packageRoot } from '../../shared/process/package-root.ts';
import { formatBytes } from '../../shared/view/format.ts';
import { type Check, fail, pass, warn } from './check.ts';

const OLDEST_NODE = [20, 11] as const;

export const nodeCheck: Check = {
  name: 'node',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const cores = availableParallelism();
    const detail = `Node ${process.versions.node}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatBytes(totalmem())} memory`;
    const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
    return old ? fail(detail, 'install Node 20.11 or newer: https://nodejs.org') : pass(detail);
  },
};

/** Loaded in a process of its own: a broken native library ends that process and not this one. */
export const engineCheck: Check = {
  name: 'onnxruntime',
  run: async () => {
    const script = "const ort = await import('onnxruntime-node'); console.log(ort.env.versions.common)";
    const { failed, stdout, stderr } = await execa(process.execPath, ['--input-type=module', '-e', script], {
      reject: false,
      cwd: packageRoot(),
      timeout: 30_000,
    });
    if (!failed) return pass(`onnxruntime-node ${stdout.trim()} loads`);
    const reason = stderr.split('\n').find((line) => /Error/.test(line)) ?? 'it does not load';
    return fail(reason.trim(), 'run npm ci again; onnxruntime needs 64-bit Linux (glibc), macOS or Windows');
  },
};

const SCARCE_BYTES = 1e9;
const TIGHT_BYTES = 10e9;

export const diskCheck: Check = {
  name: 'disk',
  run: async ({ home }) => {
    try {
      await mkdir(home, { recursive: true });
      await access(home, constants.W_OK);
    } catch {
      return fail(`${home} cannot be written`, 'choose another folder with --home or SOWER_HOME');
    }
    const volume = await statfs(home);
    const free = volume.bavail * volume.bsize;
    const detail = `${formatBytes(free)} free at ${home}`;
    if (free < SCARCE_BYTES) return fail(detail, 'free some space, or choose another folder with --home');
    return free < TIGHT_BYTES ? warn(detail, 'large sweeps with many models may need more') : pass(detail);
  },
};

export const dataCheck: Check = {
  name: 'data',
  run: async () => {
    const folder = process.env.SOWER_DATA;
    if (folder === undefined || folder === '') {
      return pass('SOWER_DATA is not set; built-in data sets need no files, known ones are downloaded');
    }
    try {
      await access(folder, constants.R_OK);
      return pass(`SOWER_DATA is ${folder}`);
    } catch {
      return fail(`SOWER_DATA is ${folder}, which cannot be read`, 'correct the variable or unset it');
    }
  },
};

/** Name and memory of each. */
export async function nvidiaGpus(): Promise<readonly string[]> {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
  const { failed, stdout } = await execa('nvidia-smi', query, { reject: false, timeout: 10_000 });
  return failed ? [] : stdout.split('\n').filter((line) => line.trim() !== '');
}

export const gpuCheck: Check = {
  name: 'gpu',
  run: async () => {
    const gpus = await nvidiaGpus();
    if (gpus.length === 0) return pass('no NVIDIA GPU; slots use CPU cores');
    return pass(`${gpus.length} GPU${gpus.length === 1 ? '' : 's'}: ${gpus.join('; ')}`);
  },
};
