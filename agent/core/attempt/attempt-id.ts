/**
 * `lab-1-mf3k2a8c-17`: agent, its start (ms since the epoch, base 36) and the running number of the attempt. One token of
 * a subject, unique over restarts because two agents of one name never run at once.
 */
export function attemptId(agent: string, bootedAt: number, count: number): string {
  return `${agent.slice(0, 63)}-${Math.trunc(bootedAt).toString(36)}-${count}`;
}
