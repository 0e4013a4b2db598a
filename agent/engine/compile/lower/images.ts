/**
 * Images in columns, `[channels, height, width, batch]`, while convolutions and pools are lowered. One may exist in parts,
 * each with some of its positions: a convolution in front of a pool computes the pool's windows element by element, so
 * that the pool compares whole tensors and nothing has to be taken apart.
 */
import { fixedDim, type Value } from '../../ir/types.ts';
import { type ImageShape, imageOf } from '../../ops/window.ts';
import type { NodeBuilder } from './node-builder.ts';
import { allPositions, isIdentity } from './windows.ts';

export interface Positions {
  /** Equal for equal positions of images of one size. */
  readonly label: string;
  readonly at: Int32Array;
}

export interface Part extends Positions {
  /** `[channels, positions, batch]` */
  readonly value: Value;
}

/** Positions in no part are zero, or nobody asks for them. */
export type Parts = readonly Part[];

/** All that is known of an image's elements, and where: `[channels, entries, batch]`. */
interface Store {
  readonly value: Value;
  /** Equal for stores that hold the same positions in the same order. */
  readonly label: string;
  /** Entry of each position; -1 where there is none. */
  readonly entryOf: Int32Array;
  /** An entry that holds the padding, or -1. */
  readonly padding: number;
}

export interface FixedImage extends ImageShape {
  readonly batch: number;
  readonly positions: number;
}

export function fixedImage(value: Value): FixedImage {
  const image = imageOf(value, 'columns');
  if (typeof image.batch !== 'number') throw new Error(`${value.name} has the batch ${image.batch}`);
  return { ...image, batch: image.batch, positions: image.height * image.width };
}

/** Of one Gather: two megabytes of the model. */
const MOST_INDICES = 2 ** 19;

export class Images {
  readonly b: NodeBuilder;
  readonly #parts = new Map<string, Parts>();
  readonly #made = new Map<string, readonly Value[]>();
  readonly #stores = new Map<string, Store>();

  constructor(b: NodeBuilder) {
    this.b = b;
  }

  /** `make` is called once for a key. */
  once(key: string, make: () => Value): Value {
    return this.onceAll(key, () => [make()])[0]!;
  }

  /** The same for several values. */
  onceAll(key: string, make: () => readonly Value[]): readonly Value[] {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#made.set(key, made);
    return made;
  }

  /** Undefined: it is whole. */
  setParts(value: Value, parts: Parts | undefined): void {
    if (parts === undefined) this.#parts.delete(value.name);
    else this.#parts.set(value.name, parts);
  }

  partsOf(value: Value): Parts | undefined {
    return this.#parts.get(value.name);
  }

  /** The parts of an image that has nothing beside its positions in them: what lies beyond an edge must not enter a sum. */
  partsToSum(value: Value): Parts | undefined {
    const parts = this.partsOf(value);
    return parts?.some(({ at }) => at.includes(-1)) ? undefined : parts;
  }

  /** `[channels, positions, batch]`, all positions in order. */
  flat(value: Value): Value {
    const { channels, positions, batch } = fixedImage(value);
    const parts = this.partsOf(value);
    if (parts === undefined) return this.b.reshape(value, [channels, positions, batch]);
    return this.take(value, { label: 'all', at: allPositions(positions) });
  }

  /** `[channels, height, width, batch]` */
  whole(value: Value): Value {
    if (this.partsOf(value) === undefined) return value;
    return this.once(`${value.name} whole`, () => {
      const { channels, height, width, batch } = fixedImage(value);
      return this.b.reshape(this.flat(value), [channels, height, width, batch]);
    });
  }

  /** The elements at some positions, `[channels, positions, batch]`, and `padding` where a position is -1. */
  take(value: Value, wanted: Positions, padding = 0): Value {
    const image = fixedImage(value);
    const parts = this.partsOf(value);
    const same = parts?.find(({ label, at }) => label === wanted.label && at.length === wanted.at.length);
    if (same !== undefined) return same.value;
    if (parts === undefined && isIdentity(wanted.at, image.positions)) return this.flat(value);
    return this.once(`${value.name} ${image.positions} ${wanted.label} ${padding}`, () => {
      const { store, entries } = this.#located(value, wanted, padding);
      if (isIdentity(entries, Number(store.value.shape[1]))) return store.value;
      return this.#entriesOf(store.value, entries);
    });
  }

  /**
   * The same with `groups` of positions, all of one size, in front of the channels: `[groups, channels, positions / groups,
   * batch]`. One Gather both takes and turns, as long as there is an index for each element of it.
   */
  takeGrouped(value: Value, wanted: Positions, groups: number): Value {
    const { channels, batch } = fixedImage(value);
    const each = wanted.at.length / groups;
    const turned = [groups, channels, each, batch];
    if (channels * wanted.at.length > MOST_INDICES) {
      const taken = this.b.reshape(this.take(value, wanted), [channels, groups, each * batch]);
      return this.b.reshape(this.b.op('Transpose', [taken], { perm: [1, 0, 2] }), turned);
    }
    const { store, entries } = this.#located(value, wanted, 0);
    const size = Number(store.value.shape[1]);
    const index = this.b.scope.positions(`${wanted.label} in ${store.label}, ${groups} before ${channels}`, () =>
      Int32Array.from({ length: groups * channels * each }, (_, i) => {
        const [group, channel] = [Math.floor(i / (channels * each)), Math.floor(i / each) % channels];
        return channel * size + entries[group * each + (i % each)]!;
      }),
    );
    const rows = this.b.reshape(store.value, [channels * size, batch]);
    return this.b.reshape(this.b.op('Gather', [rows, this.b.scope.index(index)], { axis: 0 }), turned);
  }

  /** Where positions lie, -1 standing for an element of `padding`. */
  #located(value: Value, wanted: Positions, padding: number): { readonly store: Store; readonly entries: Int32Array } {
    const plain = this.#store(value, null);
    const missing = wanted.at.some((at) => at < 0 || plain.entryOf[at]! < 0);
    const store = missing ? this.#store(value, padding) : plain;
    const entries = this.b.scope.positions(`${wanted.label} in ${store.label}`, () =>
      wanted.at.map((at) => (at < 0 || store.entryOf[at]! < 0 ? store.padding : store.entryOf[at]!)),
    );
    return { store, entries };
  }

  /** The image by its parts. */
  inParts(value: Value, wanted: readonly Positions[]): Parts {
    return wanted.map((positions) => ({ ...positions, value: this.take(value, positions) }));
  }

  /** All there is of an image with one entry of zeros at the end. */
  padded(value: Value): { readonly value: Value; readonly entry: (at: number) => number } {
    const store = this.#store(value, 0);
    const entry = (at: number): number => (at < 0 || store.entryOf[at]! < 0 ? store.padding : store.entryOf[at]!);
    return { value: store.value, entry };
  }

  /** A run of entries is copied at once. */
  #entriesOf(store: Value, entries: Int32Array): Value {
    const [first = -1] = entries;
    if (!entries.every((entry, i) => entry === first + i)) return this.gather(store, entries);
    return this.b.op('Slice', [store], { axes: [1], starts: [first], ends: [first + entries.length], steps: [1] });
  }

  /** Entries of `[channels, entries, batch]`. */
  gather(store: Value, entries: Int32Array): Value {
    return this.b.op('Gather', [store, this.b.scope.index(entries)], { axis: 1 });
  }

  /** The same of `[groups, channels, entries / groups, batch]`, where entries count group by group. */
  gatherGrouped(grouped: Value, entries: Int32Array): Value {
    const [groups, channels, each, batch] = grouped.shape.map(fixedDim) as [number, number, number, number];
    if (channels * entries.length > MOST_INDICES) {
      const turned = this.once(`${grouped.name} turned`, () => {
        const laid = this.b.reshape(grouped, [groups, channels, each * batch]);
        const leading = this.b.op('Transpose', [laid], { perm: [1, 0, 2] });
        return this.b.reshape(leading, [channels, groups * each, batch]);
      });
      return this.gather(turned, entries);
    }
    const index = Int32Array.from({ length: channels * entries.length }, (_, i) => {
      const [channel, entry] = [Math.floor(i / entries.length), entries[i % entries.length]!];
      return (Math.floor(entry / each) * channels + channel) * each + (entry % each);
    });
    const rows = this.b.reshape(grouped, [groups * channels * each, batch]);
    const taken = this.b.op('Gather', [rows, this.b.scope.index(index)], { axis: 0 });
    return this.b.reshape(taken, [channels, entries.length, batch]);
  }

  /**
   * For each position the sum of some entries, of which `zero` holds zeros: the reverse of a Gather, in a fixed order.
   * `gather` takes them from where they are, by default from `[channels, entries, batch]`.
   */
  sums(
    store: Value,
    entriesOf: readonly (readonly number[])[],
    zero: number,
    gather: (store: Value, entries: Int32Array) => Value = (from, entries) => this.gather(from, entries),
  ): Value {
    const most = entriesOf.reduce((count, entries) => Math.max(count, entries.length), 1);
    const terms = Array.from({ length: most }, (_, nth) =>
      gather(
        store,
        Int32Array.from(entriesOf, (entries) => entries[nth] ?? zero),
      ),
    );
    return terms.reduce((sum, term) => this.b.op('Add', [sum, term]));
  }

  #store(value: Value, padding: number | null): Store {
    const key = `${value.name} ${padding}`;
    const known = this.#stores.get(key);
    if (known !== undefined) return known;
    const { channels, positions, batch, height, width } = fixedImage(value);
    const parts = this.partsOf(value) ?? [
      { label: 'all', at: allPositions(positions), value: this.b.reshape(value, [channels, positions, batch]) },
    ];
    const entryOf = new Int32Array(positions).fill(-1);
    let next = 0;
    for (const { at } of parts) {
      for (const position of at) {
        if (position >= 0) entryOf[position] = next;
        next++;
      }
    }
    const tensors = parts.map((part) => part.value);
    if (padding !== null) tensors.push(this.b.filled(value.dtype, [channels, 1, batch], padding));
    const joined = tensors.length === 1 ? tensors[0]! : this.b.op('Concat', tensors, { axis: 1 });
    const label = `${height}x${width} ${padding !== null} ${parts.map((part) => part.label).join('; ')}`;
    const store = { value: joined, label, entryOf, padding: padding === null ? -1 : next };
    this.#stores.set(key, store);
    return store;
  }
}
