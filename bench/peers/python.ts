/** A Python environment with PyTorch and JAX: one given by the caller, or a fresh one in a temporary folder. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';

const run = promisify(execFile);

const interpreterIn = (folder: string): string => join(folder, 'bin', 'python');

/** Installs into `folder/venv`; throws SowerError E_BENCH_PYTHON where that fails. */
export async function makeEnvironment(folder: string): Promise<string> {
  const venv = join(folder, 'venv');
  console.log('installing PyTorch and JAX into a temporary environment (some gigabytes; keep one with --venv) ...');
  try {
    await run('python3', ['-m', 'venv', venv]);
    await run(interpreterIn(venv), ['-m', 'pip', 'install', '--quiet', 'torch', 'jax[cpu]', 'numpy']);
  } catch (error) {
    const reason = lastLine(error);
    throw new SowerError('E_BENCH_PYTHON', `no Python environment with torch and jax could be made: ${reason}`, {
      fix: 'install python3 with venv, or name an environment that has them: --venv DIR',
      exit: EXIT.notFound,
      cause: error,
    });
  }
  return interpreterIn(venv);
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  return (stderr?.trim() || message).split('\n').at(-1)!;
}

/** Throws SowerError E_BENCH_PYTHON where there is none. */
export async function givenEnvironment(venv: string): Promise<string> {
  try {
    await access(interpreterIn(venv));
  } catch (cause) {
    throw new SowerError('E_BENCH_PYTHON', `${venv} is no Python environment: it has no bin/python`, {
      fix: 'make one with python3 -m venv DIR, install torch and jax there, or leave --venv out',
      exit: EXIT.notFound,
      cause,
    });
  }
  return interpreterIn(venv);
}
