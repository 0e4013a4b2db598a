/** Inference sessions of onnxruntime, the only place that knows it. */
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { userCache } from '../../../shared/process/user-cache.ts';
import type { Provider } from '../compile/target.ts';
import type { DType, TensorData } from '../ir/types.ts';
import { preloadCudaLibraries } from './cuda-libraries.ts';

// What goes wrong comes as an exception, with the same words.
env.logLevel = 'fatal';

export const runtimeVersion = (): string => env.versions.node ?? env.versions.common;

/** Values by name. They are not copied: an array given here must not change until the run is over. */
export type Tensors = Readonly<Record<string, Tensor>>;

export interface Session {
  /** Computes the outputs named, or all of them. */
  run(inputs: Tensors, outputs?: readonly string[]): Promise<Tensors>;
  release(): Promise<void>;
}

export function makeTensor(dtype: Exclude<DType, 'bool'>, data: TensorData, shape: readonly number[]): Tensor {
  return new Tensor(dtype, data as Tensor.DataType, shape);
}

/** The same for types that the engine's graphs do not have: float16 by its bits, bool as bytes. */
export function typedTensor(dtype: DType | 'float16', data: Tensor.DataType, shape: readonly number[]): Tensor {
  return new Tensor(dtype, data, shape);
}

export const scalar = {
  float32: (value: number): Tensor => makeTensor('float32', Float32Array.of(value), []),
  int32: (value: number): Tensor => makeTensor('int32', Int32Array.of(value), []),
  uint32: (value: number): Tensor => makeTensor('uint32', Uint32Array.of(value), []),
  int64: (value: number): Tensor => makeTensor('int64', BigInt64Array.of(BigInt(value)), []),
} as const;

export type { Tensor };

/** The numbers of a float32 output. */
export function floatsOf(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`expected a float32 tensor, got ${tensor?.type}`);
  return tensor.data;
}

export interface SessionOptions {
  readonly threads: number;
  /** Default CPU. On others a node without a kernel there is refused: on the CPU it would crawl unnoticed. */
  readonly provider?: Provider;
  /** Outputs to leave in WebGPU's memory. Nothing but another session can read them, and they have to be disposed of. */
  readonly keptOnDevice?: readonly string[];
  /** Whether memory goes back to the system instead of being kept for the next run: for models of a gigabyte. Default no. */
  readonly givesMemoryBack?: boolean;
  /** Writes the time of every node to a file whose name begins with this; it is complete after `release`. */
  readonly profileTo?: string;
}

/** Throws SowerError E_ENGINE_MODEL where onnxruntime does not accept the model. */
export async function openSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  if (options.provider === 'cuda') preloadCudaLibraries(userCache());
  try {
    const session = await InferenceSession.create(model, sessionOptions(options));
    return {
      run: async (inputs, outputs) =>
        (outputs === undefined ? session.run(inputs) : session.run(inputs, [...outputs])) as Promise<Tensors>,
      release: async () => {
        if (options.profileTo !== undefined) session.endProfiling();
        await session.release();
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    if (reason.includes(ON_CPU)) throw missingKernel(options.provider ?? 'cpu', error);
    throw new SowerError('E_ENGINE_MODEL', `onnxruntime ${runtimeVersion()} does not accept the model: ${reason}`, {
      fix: 'install the version of onnxruntime-node that Sower comes with (npm install)',
      cause: error,
    });
  }
}

/** How onnxruntime says that a provider has no kernel for some node, where it may not use the CPU's. */
const ON_CPU = 'assigned to the default CPU EP';

function missingKernel(provider: Provider, cause: unknown): SowerError {
  return new SowerError('E_ENGINE_KERNEL', `${provider} has no kernel for an op that this model needs`, {
    fix: `train it with --provider cpu; "sower engine probe --provider ${provider}" lists what is missing`,
    cause,
  });
}

function sessionOptions(options: SessionOptions): InferenceSession.SessionOptions {
  const { threads, provider = 'cpu', keptOnDevice = [], givesMemoryBack = false, profileTo } = options;
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: !givesMemoryBack,
    graphOptimizationLevel: 'all',
    // Warnings are about merged dimension names and are nothing a user can act on; errors are thrown.
    logSeverityLevel: provider === 'cpu' ? 3 : 4,
    ...(provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
    ...(keptOnDevice.length === 0
      ? {}
      : { preferredOutputLocation: Object.fromEntries(keptOnDevice.map((name) => [name, 'gpu-buffer' as const])) }),
    ...(profileTo === undefined ? {} : { enableProfiling: true, profileFilePrefix: profileTo }),
  };
}
