/** Between `[batch, ...shape]` and `[...shape, batch]`, flat and shaped. */
import type { GraphBuilder } from '../ir/op.ts';
import type { Dim, Value } from '../ir/types.ts';
import type { Features, Layout } from './layer.ts';

const product = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

const batchOf = ({ value, layout }: Features): Dim => value.shape[layout === 'rows' ? 0 : value.shape.length - 1]!;

const isFlat = ({ value }: Features): boolean => value.shape.length === 2;

function reshaped(b: GraphBuilder, { value }: Features, shape: readonly Dim[]): Value {
  return value.shape.length === shape.length ? value : b.op('Reshape', [value], { shape });
}

/** All features of an example in one line, in C order: a reshape that moves nothing, in either layout. */
export function flattened(b: GraphBuilder, input: Features): Features {
  const features = product(input.shape);
  const batch = batchOf(input);
  const flat = input.layout === 'rows' ? [batch, features] : [features, batch];
  return { ...input, value: isFlat(input) ? input.value : reshaped(b, input, flat), shape: [features] };
}

/** With an axis for each dimension of `shape`, which has to hold as many elements. */
export function shapedAs(b: GraphBuilder, input: Features, shape: readonly number[]): Features {
  const batch = batchOf(input);
  const full = input.layout === 'rows' ? [batch, ...shape] : [...shape, batch];
  const fits = full.length === input.value.shape.length && full.every((dim, axis) => dim === input.value.shape[axis]);
  return { ...input, value: fits ? input.value : b.op('Reshape', [input.value], { shape: full }), shape };
}

/** In the layout wanted, through one transposition of the flat form where it is another. */
export function inLayout(b: GraphBuilder, input: Features, layout: Layout): Features {
  if (input.layout === layout) return input;
  const flat = flattened(b, input);
  const turned = { ...flat, value: b.op('Transpose', [flat.value], { perm: [1, 0] }), layout };
  return input.shape.length === 1 ? turned : shapedAs(b, turned, input.shape);
}
