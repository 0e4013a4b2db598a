import { runCoordinator } from '../../coordinator/main.ts';
import { readOwner } from '../embedded/home-claim.ts';
import { clearAfterDeadOwner } from '../embedded/leftovers.ts';
import { makeHome } from '../home-folder.ts';
import { serve, serviceUrl } from './service.ts';
import type { Verb } from './verb.ts';

interface CoordinatorFlags {
  readonly listen: string;
  readonly endWithParent?: boolean;
}

/** `sower coordinator` */
export const coordinator: Verb = (context, { flags }) => {
  const { listen, endWithParent } = flags as unknown as CoordinatorFlags;
  const { home, log, output } = context;
  const nats = serviceUrl(context, readOwner(home)?.url ?? null);
  makeHome(home);
  const start = async () => {
    const running = await runCoordinator({ nats, home, listen, log });
    output.note(`coordinator at ${nats}, http://${running.metricsAddress}/metrics`);
    return running;
  };
  return serve({
    start,
    noteSlow: () => output.note(`waiting for ${nats} ...`),
    endWithParent: endWithParent === true,
    afterParent: () => clearAfterDeadOwner(home),
  });
};
