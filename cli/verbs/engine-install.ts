import { EXIT } from '../../shared/kernel/errors.ts';
import { userCache } from '../../shared/process/user-cache.ts';
import { cudaPlan } from '../installing/cuda-plan.ts';
import type { Installable, Plan } from '../installing/plan.ts';
import { carryOut, describePlan, isInstalled } from '../installing/staging.ts';
import { tfjsPlan } from '../installing/tfjs-plan.ts';
import type { Verb } from './verb.ts';

/** `sower engine install WHAT`: says what it does, step by step; a second time there is nothing left to do. */
export const engineInstall: Verb = async ({ output, json }, { args, flags }) => {
  const plan = planOf(args[0] as Installable);
  const done = isInstalled(plan) && flags.force !== true;
  const report = (installed: boolean) => {
    if (json) output.line(JSON.stringify({ name: plan.name, folder: plan.folder, installed, steps: stepsOf(plan) }));
  };
  if (flags.dryRun === true) {
    if (!json) for (const line of describePlan(plan)) output.line(line);
    if (!json && done) output.line('it is installed, so that nothing would be done');
    report(done);
    return EXIT.ok;
  }
  if (!done) await carryOut(plan, (text) => output.note(text));
  await plan.finish?.();
  if (!json) output.line(`${plan.what} ${done ? 'is there already' : 'installed'}: ${plan.folder}`);
  report(true);
  return EXIT.ok;
};

function planOf(name: Installable): Plan {
  return name === 'cuda' ? cudaPlan(userCache()) : tfjsPlan(name, userCache());
}

const stepsOf = ({ steps }: Plan) => steps.map(({ title, downloadBytes }) => ({ title, downloadBytes }));
