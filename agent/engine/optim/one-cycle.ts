/** `torch.optim.lr_scheduler.OneCycleLR` with two phases; momentum is left as it is (`cycle_momentum=False`). */
import type { ScheduleConfig } from '../../../shared/sweep/train.ts';

type OneCycleConfig = Extract<ScheduleConfig, { readonly type: 'one_cycle' }>;

/** The rate of step `step` of `steps`, counted from 0: up to maxLr, then down below where it came from. */
export function oneCycle(config: OneCycleConfig, step: number, steps: number): number {
  const { maxLr, pctStart, divFactor, finalDivFactor, anneal } = config;
  const first = maxLr / divFactor;
  const last = first / finalDivFactor;
  const top = pctStart * steps - 1;
  const interpolate = anneal === 'cos' ? alongCosine : alongLine;
  if (step <= top) return interpolate(first, maxLr, share(step, 0, top));
  return interpolate(maxLr, last, share(step, top, steps - 1));
}

/** PyTorch divides by zero where a phase has one step only; that step is its end. */
const share = (step: number, from: number, to: number): number => (to === from ? 1 : (step - from) / (to - from));

const alongLine = (from: number, to: number, done: number): number => from + (to - from) * done;

const alongCosine = (from: number, to: number, done: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * done));
