import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { keepingFreedMemory } from '../../../../shared/process/freed-memory.ts';

describe('the environment of a process that keeps freed memory', () => {
  it('adds its tunables, and leaves those that were set and everything else', () => {
    const TRIM = 'glibc.malloc.trim_threshold=1073741824';
    expect(keepingFreedMemory({ HOME: '/h' }, 2.36)).toEqual({
      HOME: '/h',
      GLIBC_TUNABLES: `glibc.malloc.mmap_threshold=1073741824:${TRIM}`,
    });
    expect(keepingFreedMemory({ GLIBC_TUNABLES: 'glibc.pthread.rseq=0:glibc.malloc.mmap_threshold=1' }, 2.36)).toEqual({
      GLIBC_TUNABLES: `glibc.pthread.rseq=0:glibc.malloc.mmap_threshold=1:${TRIM}`,
    });
  });

  it('asks older versions for no more than they grant, and other C libraries for nothing', () => {
    // A larger value would be ignored there, and all large blocks go back at once for good.
    expect(keepingFreedMemory({}, 2.31).GLIBC_TUNABLES).toContain('mmap_threshold=33554432:');
    expect(keepingFreedMemory({ HOME: '/h' }, null)).toEqual({ HOME: '/h' });
  });

  it.runIf(keepingFreedMemory({}).GLIBC_TUNABLES !== undefined)(
    'spares a process the pages that it has freed before',
    () => {
      // A gigabyte in all, 16 MB at a time: each freed before the next.
      const script = `
      const before = process.resourceUsage().minorPageFault;
      for (let i = 0; i < 64; i++) { new Uint8Array(2 ** 24).fill(1); gc(); }
      console.log(process.resourceUsage().minorPageFault - before);`;
      const faults = (env: NodeJS.ProcessEnv): number =>
        Number(execFileSync(process.execPath, ['--expose-gc', '-e', script], { env, encoding: 'utf8' }));
      const bare = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=131072' };
      expect(faults(keepingFreedMemory({ ...process.env, GLIBC_TUNABLES: '' }))).toBeLessThan(faults(bare) / 2);
    },
  );
});
