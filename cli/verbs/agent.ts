import type { ProviderWish } from '../../agent/engine/index.ts';
import { runAgent } from '../../agent/main.ts';
import { readOwner } from '../embedded/home-claim.ts';
import { providerHere } from '../engine/provider-here.ts';
import { makeHome } from '../home-folder.ts';
import { serve, serviceUrl } from './service.ts';
import type { Verb } from './verb.ts';

interface AgentFlags {
  readonly name?: string;
  readonly pool: string;
  readonly slots?: number;
  readonly listen?: string;
  readonly dataDir?: string;
  readonly provider?: ProviderWish;
  /** False where `--no-upload` was given. */
  readonly upload?: boolean;
  readonly endWithParent?: boolean;
}

/** `sower agent start` */
export const agent: Verb = (context, { flags }) => {
  const { name, pool, slots, listen, dataDir, provider, upload, endWithParent } = flags as unknown as AgentFlags;
  const nats = serviceUrl(context, readOwner(context.home)?.url ?? null);
  makeHome(context.home);
  const start = async () => {
    const trainedOn = await providerHere(provider ?? 'cpu', context.output.note);
    const running = await runAgent({
      nats,
      home: context.home,
      pool,
      dataDir: dataDir ?? process.env.SOWER_DATA ?? null,
      upload: upload !== false,
      provider: trainedOn,
      log: context.log,
      ...(name === undefined ? {} : { name }),
      ...(slots === undefined ? {} : { slots }),
      ...(listen === undefined ? {} : { listen }),
    });
    const place = running.metricsAddress === null ? '' : `, http://${running.metricsAddress}/metrics`;
    context.output.note(`agent ${running.name} works for pool ${pool} at ${nats}${place}`);
    return running;
  };
  return serve({
    start,
    noteSlow: () => context.output.note(`waiting for ${nats} ...`),
    endWithParent: endWithParent === true,
  });
};
