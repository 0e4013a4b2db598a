import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runtimeVersion } from '../../../agent/engine/run/session.ts';
import { cudaPlan } from '../../../cli/installing/cuda-plan.ts';
import { CUDA_12_WHEELS, CUDA_13_WHEELS, ONNXRUNTIME_GPU_WHEEL } from '../../../cli/installing/cuda-wheels.ts';
import { packageIndex } from '../../../cli/installing/package-index.ts';
import type { Plan } from '../../../cli/installing/plan.ts';
import { carryOut, checkTools, describePlan, isInstalled } from '../../../cli/installing/staging.ts';
import { tfjsPlan } from '../../../cli/installing/tfjs-plan.ts';
import { type Wheel, wheelStep } from '../../../cli/installing/wheel.ts';
import { unpackZip } from '../../../cli/installing/zip.ts';
import { zipOf } from '../../support/zip-bytes.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sower-install-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const text = 'the same words again and again, '.repeat(200);

/** A package index with one wheel, as pip would be pointed at it. */
async function serveWheel(bytes: Buffer): Promise<Wheel> {
  const file = 'some_library-1.0-py3-none-any.whl';
  const server = createServer((request, response) => {
    if (request.url === '/simple/some-library/') response.end(`<a href="../../files/${file}#sha256=0">${file}</a>`);
    else if (request.url === `/files/${file}`) response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  vi.stubEnv('PIP_INDEX_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { project: 'some-library', version: '1.0', file, sha256, bytes: bytes.length };
}

function planOf(folder: string, steps: Plan['steps'], tools: Plan['tools'] = {}): Plan {
  return { name: 'tfjs', what: 'a library', folder, diskBytes: 1000, tools, steps };
}

describe('a zip archive', () => {
  it('gives the files asked for, packed or stored, and no others', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'a.zip'), zipOf({ 'lib/a.so': text, 'lib/b.so': 'short', 'lib/none': '', other: text }));
    const target = (entry: string) => (entry.startsWith('lib/') ? join(folder, 'out', entry.slice(4)) : null);
    expect(await unpackZip(join(folder, 'a.zip'), target)).toBe(3);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['a.so', 'b.so', 'none']);
    expect(readFileSync(join(folder, 'out', 'a.so'), 'utf8')).toBe(text);
    expect(readFileSync(join(folder, 'out', 'b.so'), 'utf8')).toBe('short');
  });

  it('is refused where it is none, or cut short', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'a.zip'), zipOf({ a: text }).subarray(0, 60));
    await expect(unpackZip(join(folder, 'a.zip'), () => null)).rejects.toThrow('no zip archive');
  });
});

describe('a wheel', () => {
  it('comes from the index that pip is pointed at, unpacked into place, and is not kept', async () => {
    const wheel = await serveWheel(zipOf({ 'pkg/lib.so': text, 'pkg/readme': text }));
    const plan = planOf(join(emptyFolder(), 'engines', 'it'), [
      wheelStep(wheel, 'a library', (entry) => (entry.endsWith('.so') ? 'deps/lib.so' : null)),
    ]);
    const said: string[] = [];
    await carryOut(plan, (line) => said.push(line));
    expect(said[0]).toBe(`1/1 download ${wheel.file} from the Python package index, unpack a library`);
    expect(said.at(-1)).toContain('is right');
    expect(isInstalled(plan)).toBe(true);
    expect(readdirSync(plan.folder).sort()).toEqual(['deps', 'installed.json']);
    expect(readFileSync(join(plan.folder, 'deps', 'lib.so'), 'utf8')).toBe(text);
  });

  it('with another hash is refused, naming both, and nothing of it stays', async () => {
    const wheel = await serveWheel(zipOf({ 'pkg/lib.so': text }));
    const pinned = { ...wheel, sha256: 'f'.repeat(64) };
    const plan = planOf(join(emptyFolder(), 'it'), [wheelStep(pinned, 'a library', (entry) => entry)]);
    await expect(carryOut(plan, () => {})).rejects.toMatchObject({
      code: 'E_ENGINE_CHECKSUM',
      where: wheel.file,
      message: `its SHA-256 is ${wheel.sha256}, expected is ${pinned.sha256}`,
    });
    expect(readdirSync(join(plan.folder, '..'))).toEqual([]);
  });

  it('is asked for with the credentials that stand in the address, which are not in it any more', async () => {
    vi.stubEnv('PIP_INDEX_URL', 'https://me:secret%21@index.example/simple');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, headers } = await packageIndex();
    expect(url.href).toBe('https://index.example/simple/');
    expect(headers).toEqual({ authorization: `Basic ${Buffer.from('me:secret!').toString('base64')}` });
  });
});

describe('an installation', () => {
  it('replaces what was there only when it is whole, and clears away what a killed one left', async () => {
    const folder = emptyFolder();
    const place = join(folder, 'it');
    mkdirSync(place);
    writeFileSync(join(place, 'old'), '');
    mkdirSync(join(folder, 'it.999999999.part'));
    const broken = planOf(place, [{ title: 'fail', downloadBytes: null, run: () => Promise.reject(new Error('no')) }]);
    await expect(carryOut(broken, () => {})).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual(['it']);
    expect(existsSync(join(place, 'old'))).toBe(true);
    // A folder says nothing by being there.
    expect(isInstalled(broken)).toBe(false);
    const run = async (draft: string) => writeFileSync(join(draft, 'new'), '');
    const whole = planOf(place, [{ title: 'write', downloadBytes: null, run }]);
    await carryOut(whole, () => {});
    expect(isInstalled(whole)).toBe(true);
    expect(readdirSync(place).sort()).toEqual(['installed.json', 'new']);
  });

  it('names every program that is missing, and how to get it', async () => {
    const plan = planOf('/nowhere', [], { node: 'nodejs', 'no-such-compiler': 'g++', 'no-such-packer': 'zip' });
    await expect(checkTools(plan)).rejects.toMatchObject({
      code: 'E_ENGINE_TOOLS',
      message: expect.stringContaining('needs no-such-compiler and no-such-packer'),
      fix: 'apt-get install -y g++ zip',
    });
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('is described before it is done', () => {
    const lines = describePlan(tfjsPlan('tfjs-node', '/cache'));
    expect(lines[0]).toBe(
      'tfjs-node 4.22.0 with libtensorflow 2.15.1 into /cache/engines/tfjs-node-4.22.0-libtensorflow-2.15.1',
    );
    expect(lines[2]).toMatch(/^ {2}2\. download tensorflow_cpu-2\.15\.1-.* \(207 MB\)$/);
    expect(lines.at(-1)).toBe('207 MB to download, 890 MB on disk');
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'of CUDA is that of the onnxruntime which is here, with the libraries that it calls',
    () => {
      const plan = cudaPlan('/cache');
      const [first, ...lines] = describePlan(plan);
      expect(first).toBe(
        `the CUDA 13 provider of onnxruntime ${runtimeVersion()} into /cache/engines/cuda-13-onnxruntime-${runtimeVersion()}`,
      );
      expect(lines[0]).toMatch(new RegExp(`^ {2}1\\. download onnxruntime_gpu-${runtimeVersion()}-.* \\(247 MB\\)$`));
      for (const library of ['cublas', 'cudnn_cu13', 'cufft', 'curand', 'cuda_runtime', 'cuda_nvrtc', 'nvjitlink']) {
        expect(lines.some((line) => line.includes(`download nvidia_${library}-`))).toBe(true);
      }
      expect(lines.at(-1)).toBe('1.43 GB to download, 2.10 GB on disk');
    },
  );

  it('takes no wheel that is not pinned to its bytes', () => {
    const wheels = [...CUDA_12_WHEELS, ...CUDA_13_WHEELS, ONNXRUNTIME_GPU_WHEEL];
    for (const { project, version, file, sha256, bytes } of wheels) {
      expect(file.startsWith(`${project.replaceAll('-', '_')}-${version}-`)).toBe(true);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes).toBeGreaterThan(0);
    }
    expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(wheels.length);
  });
});
