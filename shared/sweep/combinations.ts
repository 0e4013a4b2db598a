/** Every way to choose one entry of each axis, by index, the last axis turning fastest. Empty axes are not allowed. */
export function* combinations(axes: readonly number[]): Generator<readonly number[]> {
  const at = axes.map(() => 0);
  for (;;) {
    yield [...at];
    let axis = axes.length - 1;
    while (axis >= 0 && (at[axis] as number) + 1 >= (axes[axis] as number)) at[axis--] = 0;
    if (axis < 0) return;
    at[axis] = (at[axis] as number) + 1;
  }
}
