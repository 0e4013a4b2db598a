/** Rates of `torch.optim.lr_scheduler`, PyTorch 2.15.0, printed with `%.17g` after each call of `step()`. */
import { describe, expect, it } from 'vitest';
import { createSchedule, ratesOfEpoch, type Schedule, type ScheduleState } from '../../agent/engine/optim/schedules.ts';
import type { ScheduleConfig, WarmupConfig } from '../../shared/sweep/train.ts';

const LR = 0.1;
const length = { epochs: 10, stepsPerEpoch: 1 };

const byEpoch = (schedule: Schedule, epochs: number): readonly number[] =>
  Array.from({ length: epochs }, (_, epoch) => schedule.rateAt(schedule.start, epoch, 0));

function expectRates(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((rate, i) => {
    expect(Math.abs(rate - expected[i]!), `rate ${i}: ${rate}`).toBeLessThan(1e-15);
  });
}

const expectEpochs = (config: ScheduleConfig | null, warmup: WarmupConfig | null, expected: readonly number[]): void =>
  expectRates(byEpoch(createSchedule(config, warmup, LR, length), expected.length), expected);

describe('schedules by epoch', () => {
  it('none: the rate stays', () => expectEpochs(null, null, [0.1, 0.1, 0.1]));

  it('step: StepLR(step_size=3, gamma=0.5)', () =>
    expectEpochs(
      { type: 'step', stepSize: 3, gamma: 0.5 },
      null,
      [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025],
    ));

  it('exponential: ExponentialLR(gamma=0.9)', () =>
    expectEpochs(
      { type: 'exponential', gamma: 0.9 },
      null,
      [0.1, 0.09000000000000001, 0.08100000000000002, 0.07290000000000002, 0.06561000000000002, 0.05904900000000002],
    ));

  it('cosine: CosineAnnealingLR(T_max=5, eta_min=0.01), and up again behind T_max', () =>
    expectEpochs(
      { type: 'cosine', tMax: 5, etaMin: 0.01 },
      null,
      [
        0.1, 0.09140576474687263, 0.06890576474687263, 0.04109423525312736, 0.018594235253127367, 0.01,
        0.018594235253127367, 0.04109423525312739, 0.06890576474687267,
      ],
    ));

  it('cosine down to zero: CosineAnnealingLR(T_max=4)', () =>
    expectEpochs(
      { type: 'cosine', tMax: 4, etaMin: 0 },
      null,
      [0.1, 0.08535533905932738, 0.05, 0.014644660940672627, 0, 0.014644660940672622, 0.05000000000000001],
    ));

  it('warm-up: LinearLR(start_factor=0.1, total_iters=4)', () =>
    expectEpochs(
      null,
      { unit: 'epochs', length: 4, startFactor: 0.1 },
      [0.010000000000000002, 0.03250000000000001, 0.055000000000000014, 0.07750000000000003, 0.10000000000000003, 0.1],
    ));

  it('warm-up times a schedule: ChainedScheduler([LinearLR(0.25, total_iters=4), StepLR(2, 0.5)])', () =>
    expectEpochs(
      { type: 'step', stepSize: 2, gamma: 0.5 },
      { unit: 'epochs', length: 4, startFactor: 0.25 },
      [0.025, 0.043750000000000004, 0.03125000000000001, 0.04062500000000001, 0.025, 0.025, 0.0125, 0.0125],
    ));
});

describe('schedules by step', () => {
  const cycle = { type: 'one_cycle', maxLr: 0.4, pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 } as const;

  it.each([
    { epochs: 10, stepsPerEpoch: 1 },
    { epochs: 2, stepsPerEpoch: 5 },
  ])('one_cycle, cosine: OneCycleLR(0.4, total_steps=10), over %o', (of) => {
    const schedule = createSchedule({ ...cycle, anneal: 'cos' }, null, LR, of);
    expect(schedule.perStep).toBe(true);
    const rates = Array.from({ length: 10 }, (_, i) =>
      schedule.rateAt(null, Math.floor(i / of.stepsPerEpoch), i % of.stepsPerEpoch),
    );
    expectRates(
      rates,
      [
        0.016000000000000014, 0.20800000000000002, 0.4, 0.38019385280538953, 0.3246982615799052, 0.24450480877451572,
        0.1554967912254843, 0.0753033384200948, 0.019807747194610516, 1.6e-6,
      ],
    );
  });

  it('one_cycle, linear: OneCycleLR(pct_start=0.25, div_factor=10, final_div_factor=100, anneal_strategy="linear")', () => {
    const config = { ...cycle, anneal: 'linear', pctStart: 0.25, divFactor: 10, finalDivFactor: 100 } as const;
    expectRates(
      byEpoch(createSchedule(config, null, LR, length), 10),
      [
        0.04, 0.28, 0.37336, 0.32008000000000003, 0.26680000000000004, 0.21352000000000002, 0.16024000000000002,
        0.10696000000000006, 0.053680000000000005, 0.00040000000000001146,
      ],
    );
  });

  it('one_cycle of very few steps has rates all the same', () => {
    for (const epochs of [1, 2, 3, 4]) {
      const schedule = createSchedule({ ...cycle, anneal: 'cos' }, null, LR, { epochs, stepsPerEpoch: 1 });
      for (const rate of byEpoch(schedule, epochs)) expect(rate).toBeGreaterThan(0);
    }
  });

  it('warm-up in steps goes on across epochs', () => {
    const schedule = createSchedule(null, { unit: 'steps', length: 4, startFactor: 0.1 }, LR, {
      epochs: 3,
      stepsPerEpoch: 2,
    });
    expect(schedule.perStep).toBe(true);
    const rates = [0, 1, 2].flatMap((epoch) => [...ratesOfEpoch(schedule, null, epoch, 2)]);
    const expected = [0.01, 0.0325, 0.055, 0.0775, 0.1, 0.1];
    rates.forEach((rate, i) => {
      expect(rate).toBeCloseTo(expected[i]!, 8);
    });
  });

  it('batches of one optimizer step share its rate', () => {
    const schedule = createSchedule(null, { unit: 'steps', length: 4, startFactor: 0 }, 1, {
      epochs: 1,
      stepsPerEpoch: 3,
    });
    expect([...ratesOfEpoch(schedule, null, 0, 5, 2)]).toEqual([0, 0, 0.25, 0.25, 0.5]);
  });
});

describe('reduce_on_plateau', () => {
  const config = {
    type: 'reduce_on_plateau',
    metric: 'val_loss',
    factor: 0.5,
    patience: 1,
    threshold: 1e-4,
    cooldown: 0,
    minLr: 0,
  } as const;

  /** Through JSON after every epoch, as a checkpoint would hold it. */
  function ratesAfter(changes: Partial<typeof config>, values: readonly number[], higherIsBetter: boolean): number[] {
    const schedule = createSchedule({ ...config, ...changes } as ScheduleConfig, null, LR, length);
    expect(schedule.metric).toBe('val_loss');
    let state: ScheduleState = schedule.start;
    return values.map((value, epoch) => {
      state = JSON.parse(JSON.stringify(schedule.afterEpoch(state, value, higherIsBetter)));
      return schedule.rateAt(state, epoch + 1, 0);
    });
  }

  it('ReduceLROnPlateau(factor=0.5, patience=1)', () => {
    const values = [1, 0.9, 0.9, 0.9, 0.9, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85];
    expectRates(ratesAfter({}, values, false), [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125]);
  });

  it('ReduceLROnPlateau(factor=0.1, patience=1, threshold=0.01, cooldown=2, min_lr=0.002)', () => {
    const values = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5];
    const changes = { factor: 0.1, threshold: 0.01, cooldown: 2, minLr: 0.002 } as unknown as Partial<typeof config>;
    const low = 0.010000000000000002;
    expectRates(ratesAfter(changes, values, false), [0.1, 0.1, low, low, low, low, ...Array<number>(8).fill(0.002)]);
  });

  it('ReduceLROnPlateau(mode="max", factor=0.5, patience=1, threshold=1e-3), NaN among the values', () => {
    const values = [0.1, 0.5, 0.5, 0.5, 0.5004, 0.6, 0.6, 0.6, Number.NaN, 0.6];
    const changes = { threshold: 1e-3 } as unknown as Partial<typeof config>;
    expectRates(ratesAfter(changes, values, true), [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125]);
  });

  it('asks for its state', () => {
    expect(() => createSchedule(config, null, LR, length).rateAt(null, 0, 0)).toThrow('keep its state');
  });
});
