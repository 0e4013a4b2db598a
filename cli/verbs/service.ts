/** What `sower agent start` and `sower coordinator` share: run until told to stop, then stop in order. */
import { EXIT, type ExitCode, SowerError } from '../../shared/kernel/errors.ts';
import type { CliContext } from '../context.ts';
import { catchInterrupts } from '../interrupt.ts';
import { noteWhenSlow } from '../note-when-slow.ts';
import { aborted } from '../pause.ts';

export interface Service {
  stop(): Promise<void>;
  readonly closed: Promise<ExitCode>;
}

export interface ServiceOptions {
  readonly start: () => Promise<Service>;
  /** Says what `start` waits for. */
  readonly noteSlow: () => void;
  /** `--end-with-parent` was given. */
  readonly endWithParent: boolean;
  /** Runs after a stop that the parent's death caused. */
  readonly afterParent?: () => Promise<void>;
}

export async function serve({ start, noteSlow, endWithParent, afterParent }: ServiceOptions): Promise<ExitCode> {
  const interrupt = catchInterrupts();
  const orphaned = endWithParent ? parentGone() : new Promise<never>(() => {});
  try {
    const service = await noteWhenSlow(start(), noteSlow);
    const why = await Promise.race([service.closed, aborted(interrupt.signal), orphaned]);
    if (typeof why === 'number') return why;
    await service.stop();
    if (why === 'orphaned') await afterParent?.();
    return interrupt.exitCode() ?? EXIT.ok;
  } finally {
    interrupt.stop();
  }
}

/** Resolves when the process that started this one is gone, however it went: its end of the IPC channel closes. */
function parentGone(): Promise<'orphaned'> {
  return new Promise((resolve) => {
    if (process.connected) process.once('disconnect', () => resolve('orphaned'));
    else resolve('orphaned');
  });
}

/** The server of a service: one that was named, or that of the sweep that runs in this home folder. */
export function serviceUrl({ natsUrl, home }: CliContext, runningUrl: string | null): string {
  const url = natsUrl ?? runningUrl;
  if (url !== null) return url;
  throw new SowerError('E_NATS_URL', 'no NATS server is named, and none runs in this folder', {
    where: home,
    fix: 'start nats-server -js and give --nats nats://host:4222 (or SOWER_NATS)',
    exit: EXIT.usage,
  });
}
