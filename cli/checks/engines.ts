/** Which engines and providers train on this machine, and why others do not; each tried in a process that may die of it. */
import { openTfjsInProcess, tryInProcess } from '../engine/probe-provider.ts';
import { type Check, pass, warn } from './check.ts';
import { nvidiaGpus } from './machine.ts';

export const cudaCheck: Check = {
  name: 'cuda',
  run: async () => {
    const [trial, gpus] = await Promise.all([tryInProcess('cuda'), nvidiaGpus()]);
    if (trial.works) return pass('onnxruntime trains on CUDA as on the CPU; choose it with --provider cuda');
    if (gpus.length === 0) return pass('not used: no NVIDIA GPU');
    return warn(
      `GPUs are here, but onnxruntime does not train on them: ${trial.reason}`,
      'type "sower engine install cuda"; trials train on the CPU without it',
    );
  },
};

export const webgpuCheck: Check = {
  name: 'webgpu',
  run: async () => {
    const trial = await tryInProcess('webgpu');
    if (trial.works) return pass('onnxruntime trains on WebGPU as on the CPU; choose it with --provider webgpu');
    return pass(`not used: ${trial.reason}`);
  },
};

const NATIVE = 'for libtensorflow beneath: sower engine install tfjs-node';

export const tfjsCheck: Check = {
  name: 'tfjs',
  run: async () => {
    const trial = await openTfjsInProcess();
    if (!trial.works) return warn(trial.reason, trial.fix ?? 'leave "engine: tfjs" out of sweep files');
    const { version, provider } = trial.identity;
    if (provider === 'cpu') return pass(`TensorFlow.js ${version} in pure JavaScript; ${NATIVE}`);
    return pass(`TensorFlow.js ${version} on ${provider === 'cuda' ? 'CUDA' : 'the CPU'}`);
  },
};
