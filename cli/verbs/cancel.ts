import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/index.ts';
import { readOwner } from '../embedded/home-claim.ts';
import { withBus } from '../reading/open-bus.ts';
import { findSweep } from '../reading/sweeps.ts';
import type { Verb } from './verb.ts';

/** `sower cancel SWEEP` */
export const cancel: Verb = async (context, { args, flags }) => {
  if (context.natsUrl === null && readOwner(context.home)?.role !== 'running') {
    throw new SowerError('E_NOT_RUNNING', 'no sweep runs in this folder, so there is nothing to stop', {
      where: context.home,
      fix: `see ${context.command} status`,
      exit: EXIT.conflict,
    });
  }
  return withBus(context, async (bus) => {
    const { sweep } = await findSweep(bus, args[0]);
    const reason = String(flags.reason);
    const reply = await bus.control.request({ v: PROTOCOL_VERSION, verb: 'cancel', sweep, reason });
    if (reply.status === 'refused') {
      const fix = reply.fix === null ? {} : { fix: reply.fix };
      throw new SowerError(reply.code, reply.message, { ...fix, exit: EXIT.conflict });
    }
    context.output.line(context.json ? JSON.stringify({ sweep, cancelled: true }) : `sweep ${sweep} is cancelled`);
    return EXIT.ok;
  });
};
