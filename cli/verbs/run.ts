import type { ProviderWish } from '../../agent/engine/index.ts';
import { cacheFolder } from '../../agent/shell/home.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { providerHere } from '../engine/provider-here.ts';
import { checkAgainstData } from '../running/check-data.ts';
import { loadSweep } from '../running/load-sweep.ts';
import { pinData } from '../running/pin-data.ts';
import { runEmbedded } from '../running/run-embedded.ts';
import { runRemote } from '../running/run-remote.ts';
import type { Verb } from './verb.ts';

interface RunFlags {
  readonly slots?: number;
  readonly dataDir?: string;
  readonly provider?: ProviderWish;
  readonly failAllowance: number;
  readonly detach?: boolean;
}

/** `sower run FILE` */
export const run: Verb = async (context, { args, flags }) => {
  const own = flags as unknown as RunFlags;
  const { slots, dataDir, provider: wish = null, failAllowance, detach } = own;
  const url = context.natsUrl;
  refuseMisfits(url, own);
  const file = args[0] as string;
  const dataFolder = dataDir ?? process.env.SOWER_DATA ?? null;
  const cacheDir = cacheFolder(context.home);
  const places = { dataDir: dataFolder, cacheDir };
  const sweep = await pinData(await loadSweep(file), { ...places, file, notify: context.output.note });
  const [fault] = (await checkAgainstData(sweep, file, places)).faults;
  if (fault !== undefined) throw fault;
  if (url !== null) return runRemote({ context, url, sweep, detach: detach === true, failAllowance });
  const provider = wish === null ? null : await providerHere(wish, context.output.note);
  return runEmbedded({ context, sweep, slots: slots ?? null, dataDir: dataFolder, provider, failAllowance });
};

function refuseMisfits(url: string | null, { slots, dataDir, provider, detach }: RunFlags): void {
  const misuse = (message: string, fix: string) => new SowerError('E_USAGE', message, { fix, exit: EXIT.usage });
  if (url === null && detach === true) {
    throw misuse('--detach needs --nats: an embedded sweep ends with this command', 'leave --detach out');
  }
  if (url === null) return;
  const given = { '--slots': slots, '--data-dir': dataDir, '--provider': provider };
  for (const [flag, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw misuse(`${flag} belongs to the embedded agent, and --nats uses others`, 'give it to "sower agent start"');
  }
}
