/** What the parts of the engine contract share: how an engine is opened, started and compared with itself. */
import { afterAll, beforeAll, expect } from 'vitest';
import type {
  Engine,
  ExampleSource,
  ParameterTensor,
  StartOptions,
  Structure,
  TrainingRun,
  VerifyExport,
} from '../../agent/engine/port.ts';

/** What an engine may do less well than the contract says at best. */
export interface EngineCapabilities {
  /** The same bits however an order is cut and wherever a run is resumed. Without, the same numbers within 1e-5. */
  readonly bitIdenticalResume: boolean;
}

export interface EngineSuite {
  readonly createEngine: () => Promise<Engine>;
  readonly verifyExport: VerifyExport;
  /** Default: all of them. */
  readonly capabilities?: Partial<EngineCapabilities>;
}

const TOLERANCE = 1e-5;

export interface EngineRig {
  readonly engine: () => Engine;
  readonly start: (of: Structure, train: ExampleSource, options?: Partial<StartOptions>) => Promise<TrainingRun>;
  /** Weights, statistics, optimizer and counters. */
  readonly expectSameState: (actual: TrainingRun, expected: TrainingRun) => void;
  readonly expectSameNumbers: (actual: readonly number[], expected: ArrayLike<number>) => void;
}

/** To be called inside a `describe`: opens the engine before its tests and closes it after them. */
export function engineRig({ createEngine, capabilities }: EngineSuite): EngineRig {
  const exact = capabilities?.bitIdenticalResume ?? true;
  let opened: Engine | null = null;
  beforeAll(async () => {
    opened = await createEngine();
  });
  afterAll(() => opened?.close());

  const engine = (): Engine => {
    if (opened === null) throw new Error('the engine is open only while tests run');
    return opened;
  };
  const expectSameNumbers: EngineRig['expectSameNumbers'] = (actual, expected) => {
    if (exact) expect(actual).toEqual([...Array.from(expected)]);
    else expect(largestDeviation(actual, expected)).toBeLessThan(TOLERANCE);
  };
  return {
    engine,
    start: async (of, train, options = {}) => {
      const program = await engine().compile(of);
      return program.start({ seed: 7, train, layers: of.layers, optimizer: of.optimizer, ...options });
    },
    expectSameNumbers,
    expectSameState: (actual, expected) => {
      expect(actual.step).toBe(expected.step);
      if (exact) expect(Buffer.compare(actual.save(), expected.save())).toBe(0);
      else expect(parameterDeviation(actual.parameters(), expected.parameters())).toBeLessThan(TOLERANCE);
    },
  };
}

export function largestDeviation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const deviation = Math.abs(a[i]! - b[i]!);
    // NaN must not pass as agreement.
    largest = Number.isNaN(deviation) ? Number.NaN : Math.max(largest, deviation);
  }
  return largest;
}

/** Of all parameters; names and shapes have to be equal. */
export function parameterDeviation(a: readonly ParameterTensor[], b: readonly ParameterTensor[]): number {
  const describe = (all: readonly ParameterTensor[]) => all.map(({ name, shape }) => `${name} [${shape.join()}]`);
  expect(describe(a)).toEqual(describe(b));
  return a.reduce((largest, { values }, i) => Math.max(largest, largestDeviation(values, b[i]!.values)), 0);
}
