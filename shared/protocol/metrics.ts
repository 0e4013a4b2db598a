import { z } from 'zod';

/**
 * Metric values by name (`test_accuracy`, `val_loss`). JSON has no NaN or infinity: a value that is not finite travels as
 * null and is never ranked.
 */
export const metricValues = z.record(z.string().max(64), z.number().nullable());
export type MetricValues = Readonly<Record<string, number | null>>;

/** Values a parameter can take: scalars, or whole structures such as a list of layers. */
export type ParameterValue =
  | string
  | number
  | boolean
  | null
  | readonly ParameterValue[]
  | { readonly [key: string]: ParameterValue };

export type ParameterValues = Readonly<Record<string, ParameterValue>>;
export const parameterValues: z.ZodType<ParameterValues> = z.record(z.string(), z.json() as z.ZodType<ParameterValue>);
