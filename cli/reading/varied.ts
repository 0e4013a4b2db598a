import type { SweepSpec } from '../../shared/sweep/spec.ts';

/** Paths of the parameters that differ between configurations; all of them where none does. */
export function variedPaths(spec: SweepSpec): readonly string[] {
  const varied = spec.parameters.filter(
    ({ distribution }) =>
      distribution.type !== 'constant' && !(distribution.type === 'categorical' && distribution.values.length === 1),
  );
  return (varied.length > 0 ? varied : spec.parameters).map(({ path }) => path);
}
