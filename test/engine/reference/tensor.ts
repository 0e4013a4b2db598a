/** Naive tensors in float64: slow, obvious, and written without a look at the ops they check. */

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** Every index of a shape, in C order. */
function indices(shape: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: size(shape) }, (_, flat) => {
    let rest = flat;
    return shape.map((_, axis) => {
      const below = size(shape.slice(axis + 1));
      const position = Math.floor(rest / below);
      rest %= below;
      return position;
    });
  });
}

/** The element at an index; axes the tensor lacks, or has with size 1, are ignored as broadcasting does. */
export function element(tensor: Tensor, index: readonly number[]): number {
  const skipped = index.length - tensor.shape.length;
  const flat = tensor.shape.reduce((sum, dim, axis) => sum * dim + (dim === 1 ? 0 : index[axis + skipped]!), 0);
  return tensor.data[flat]!;
}

export function generate(shape: readonly number[], element: (index: readonly number[]) => number): Tensor {
  return { shape, data: indices(shape).map(element) };
}

export function map(x: Tensor, f: (value: number) => number): Tensor {
  return { shape: x.shape, data: x.data.map(f) };
}

function broadcast(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)),
  );
}

/** Element by element over any number of tensors, broadcast. */
export function zip(tensors: readonly Tensor[], f: (...values: number[]) => number): Tensor {
  return generate(broadcast(tensors.map((tensor) => tensor.shape)), (index) =>
    f(...tensors.map((tensor) => element(tensor, index))),
  );
}

export function expand(x: Tensor, shape: readonly number[]): Tensor {
  return generate(shape, (index) => element(x, index));
}

/** All elements along `axes` for each index of the rest, folded by `f`. */
export function reduce(
  x: Tensor,
  axes: readonly number[],
  keepDims: boolean,
  f: (values: readonly number[]) => number,
): Tensor {
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const data = indices(kept).map((target) =>
    f(
      indices(x.shape)
        .filter((index) => index.every((i, axis) => axes.includes(axis) || i === target[axis]))
        .map((index) => element(x, index)),
    ),
  );
  return { shape: keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis)), data };
}

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  const shape = perm.map((axis) => x.shape[axis]!);
  return generate(shape, (index) =>
    element(
      x,
      perm.map((_, axis) => index[perm.indexOf(axis)]!),
    ),
  );
}

export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return { shape, data: x.data };
}

/** Matrix product over the last two axes; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const inner = a.shape[a.shape.length - 1]!;
  const leading = broadcast([a.shape.slice(0, -2), b.shape.slice(0, -2), []]);
  const shape = [...leading, a.shape[a.shape.length - 2]!, b.shape[b.shape.length - 1]!];
  return generate(shape, (index) => {
    const lead = index.slice(0, -2);
    const [row, column] = index.slice(-2) as [number, number];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += element(a, [...lead, row, k]) * element(b, [...lead, k, column]);
    return sum;
  });
}

export function gather(x: Tensor, chosen: Tensor, axis: number): Tensor {
  const shape = [...x.shape.slice(0, axis), ...chosen.shape, ...x.shape.slice(axis + 1)];
  return generate(shape, (index) => {
    const position = element(chosen, index.slice(axis, axis + chosen.shape.length));
    return element(x, [...index.slice(0, axis), position, ...index.slice(axis + chosen.shape.length)]);
  });
}
