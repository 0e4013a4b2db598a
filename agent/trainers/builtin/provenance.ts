import { arch, cpus, platform } from 'node:os';
import { type Provenance, SOWER_VERSION } from '../../../shared/protocol/index.ts';
import type { EngineIdentity } from '../../engine/port.ts';

/** What produced a result on this machine. */
export function provenanceOf(identity: EngineIdentity, dataHash: string): Provenance {
  return {
    engine: identity.engine,
    engineVersion: identity.version,
    provider: identity.provider,
    threads: identity.threads,
    code: `sower ${SOWER_VERSION}`,
    dataHash,
    machine: machineName(),
  };
}

let known: string | null = null;

/** `AMD EPYC 7B13 x 2, linux-x64`: what decides the last bits of a result. Asked once, since reading it takes a while. */
function machineName(): string {
  const processors = known === null ? cpus() : [];
  known ??= `${processors[0]?.model.trim() || 'unknown CPU'} x ${processors.length}, ${platform()}-${arch()}`;
  return known;
}
