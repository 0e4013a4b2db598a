import { readFileSync } from 'node:fs';

/** Counters of out-of-memory kills: the container's own (cgroup v2, then v1), and the whole machine's. */
const COUNTERS = [
  { path: '/sys/fs/cgroup/memory.events', pattern: /^oom_kill (\d+)$/m },
  { path: '/sys/fs/cgroup/memory/memory.oom_control', pattern: /^oom_kill (\d+)$/m },
  { path: '/proc/vmstat', pattern: /^oom_kill (\d+)$/m },
] as const;

/** Sum of the counters that can be read; 0 on systems without them. Only its rise means anything. */
export function countMemoryKills(): number {
  let kills = 0;
  for (const { path, pattern } of COUNTERS) {
    try {
      kills += Number(pattern.exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
    } catch {
      // Not this kind of system.
    }
  }
  return kills;
}
