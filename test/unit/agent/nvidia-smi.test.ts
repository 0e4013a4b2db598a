import { describe, expect, it } from 'vitest';
import { parseGpuQuery } from '../../../agent/core/gpu/nvidia-smi.ts';
import { queryGpus } from '../../../agent/shell/gpus.ts';

const MIB = 1024 * 1024;
const H200 = '0, GPU-3a1c7f0e-5c0b-4b0e-9d5d-0d7f5f6f0a11, NVIDIA H200, 37, 4096, 143771, 41';

describe('parseGpuQuery', () => {
  it('reads a line in base units', () => {
    expect(parseGpuQuery(`${H200}\n`)).toEqual([
      {
        index: 0,
        uuid: 'GPU-3a1c7f0e-5c0b-4b0e-9d5d-0d7f5f6f0a11',
        name: 'NVIDIA H200',
        utilization: 0.37,
        memoryUsedBytes: 4096 * MIB,
        memoryTotalBytes: 143771 * MIB,
        temperatureCelsius: 41,
      },
    ]);
  });

  it('makes null of what a card does not tell: MIG mode, old cards, unified memory', () => {
    const text = [
      '0, GPU-aaaa, NVIDIA A100-SXM4-40GB, [N/A], 0, 40960, 30',
      '1, GPU-bbbb, Tesla K80, [Not Supported], 11, 11441, 35',
      '2, GPU-cccc, NVIDIA GB10, 5, [N/A], [N/A], N/A',
    ].join('\r\n');
    expect(parseGpuQuery(text).map((gpu) => [gpu.utilization, gpu.memoryTotalBytes, gpu.temperatureCelsius])).toEqual([
      [null, 40960 * MIB, 30],
      [null, 11441 * MIB, 35],
      [0.05, null, null],
    ]);
  });

  it('sorts by index and keeps commas in names', () => {
    const gpus = parseGpuQuery('1, GPU-b, Quadro, special, 1, 2, 3, 4\n0, GPU-a, Plain, 1, 2, 3, 4');
    expect(gpus.map((gpu) => gpu.name)).toEqual(['Plain', 'Quadro, special']);
  });

  it.each([
    '',
    'No devices were found',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
    'Unable to determine the device handle for GPU0000:81:00.0: GPU is lost.  Reboot the system',
    'index, uuid, name, utilization.gpu [%], memory.used [MiB], memory.total [MiB], temperature.gpu',
    '0, MIG-1234, NVIDIA A100, 1, 2, 3, 4',
    '0, GPU-aaaa, cut off',
  ])('passes over "%s"', (line) => {
    expect(parseGpuQuery(`${line}\n${H200}`)).toHaveLength(1);
  });
});

describe('queryGpus', () => {
  it('finds none where there is no nvidia-smi, or where it fails', async () => {
    expect(await queryGpus('/nonexistent/nvidia-smi')).toEqual([]);
    expect(await queryGpus('/bin/false')).toEqual([]);
  });
});
