import { assertNever } from '../../shared/kernel/assert.ts';
import type { VerbName } from '../program.ts';
import type { Verb } from './verb.ts';

/** Loads one verb and nothing else: a screen library or an engine costs `sower status` no time. */
export async function loadVerb(name: VerbName): Promise<Verb> {
  switch (name) {
    case 'run':
      return (await import('./run.ts')).run;
    case 'validate':
      return (await import('./validate.ts')).validate;
    case 'ls':
      return (await import('./ls.ts')).ls;
    case 'status':
      return (await import('./status.ts')).status;
    case 'trials':
      return (await import('./trials.ts')).trials;
    case 'show':
      return (await import('./show.ts')).show;
    case 'best':
      return (await import('./best.ts')).best;
    case 'audit':
      return (await import('./audit.ts')).audit;
    case 'report':
      return (await import('./report.ts')).report;
    case 'export':
      return (await import('./export.ts')).exportVerb;
    case 'cancel':
      return (await import('./cancel.ts')).cancel;
    case 'agent':
      return (await import('./agent.ts')).agent;
    case 'coordinator':
      return (await import('./coordinator.ts')).coordinator;
    case 'doctor':
      return (await import('./doctor.ts')).doctor;
    case 'info':
      return (await import('./info.ts')).info;
    case 'data show':
      return (await import('./data-show.ts')).dataShow;
    case 'data push':
      return (await import('./data-push.ts')).dataPush;
    case 'data ls':
      return (await import('./data-ls.ts')).dataLs;
    case 'engine bench':
      return (await import('./engine-bench.ts')).engineBench;
    case 'engine probe':
      return (await import('./engine-probe.ts')).engineProbe;
    case 'engine inspect':
      return (await import('./engine-inspect.ts')).engineInspect;
    case 'engine install':
      return (await import('./engine-install.ts')).engineInstall;
    default:
      return assertNever(name);
  }
}
