/**
 * A persistent map from small integers to values: a radix tree 32 wide that grows with its largest index. `put` and
 * `without` copy one path and share the rest, so a state of a million trials changes in about a microsecond and the old
 * one stays as it was. `T` must not be undefined.
 */
const BITS = 5;
const WIDTH = 1 << BITS;

interface Branch<T> {
  readonly slots: readonly (Branch<T> | T | undefined)[];
  readonly used: number;
}

export interface IndexMap<T> {
  readonly size: number;
  /** Levels of the tree; indices are below 32 ** levels. */
  readonly levels: number;
  readonly root: Branch<T> | null;
}

const EMPTY: IndexMap<never> = { size: 0, levels: 1, root: null };

export function emptyIndexMap<T>(): IndexMap<T> {
  return EMPTY;
}

export function at<T>(map: IndexMap<T>, index: number): T | undefined {
  if (index >= WIDTH ** map.levels) return undefined;
  let branch = map.root;
  for (let level = map.levels - 1; level > 0 && branch !== null; level--) {
    branch = (branch.slots[(index >>> (level * BITS)) & (WIDTH - 1)] as Branch<T> | undefined) ?? null;
  }
  return branch === null ? undefined : (branch.slots[index & (WIDTH - 1)] as T | undefined);
}

export function put<T>(map: IndexMap<T>, index: number, value: T): IndexMap<T> {
  let { root, levels } = map;
  while (index >= WIDTH ** levels) {
    if (root !== null) root = branchOf([root], 1);
    levels++;
  }
  const grown = putIn(root, levels - 1, index, value);
  return { root: grown.branch, levels, size: map.size + (grown.added ? 1 : 0) };
}

export function without<T>(map: IndexMap<T>, index: number): IndexMap<T> {
  if (at(map, index) === undefined || map.root === null) return map;
  const root = removeFrom(map.root, map.levels - 1, index);
  return { root, levels: root === null ? 1 : map.levels, size: map.size - 1 };
}

/** Entries in order of their index. */
export function* entries<T>(map: IndexMap<T>): Generator<readonly [number, T]> {
  if (map.root !== null) yield* entriesOf(map.root, map.levels - 1, 0);
}

function* entriesOf<T>(branch: Branch<T>, level: number, base: number): Generator<readonly [number, T]> {
  for (let i = 0; i < branch.slots.length; i++) {
    const slot = branch.slots[i];
    if (slot === undefined) continue;
    const index = base + i * WIDTH ** level;
    if (level === 0) yield [index, slot as T];
    else yield* entriesOf(slot as Branch<T>, level - 1, index);
  }
}

function branchOf<T>(first: readonly (Branch<T> | T | undefined)[], used: number): Branch<T> {
  const slots = first.slice();
  while (slots.length < WIDTH) slots.push(undefined);
  return { slots, used };
}

function putIn<T>(
  branch: Branch<T> | null,
  level: number,
  index: number,
  value: T,
): { branch: Branch<T>; added: boolean } {
  const slot = (index >>> (level * BITS)) & (WIDTH - 1);
  const slots = branch === null ? branchOf<T>([], 0).slots.slice() : branch.slots.slice();
  const former = slots[slot];
  let added = former === undefined;
  if (level === 0) {
    slots[slot] = value;
  } else {
    const below = putIn((former as Branch<T> | undefined) ?? null, level - 1, index, value);
    slots[slot] = below.branch;
    added = below.added;
  }
  return { branch: { slots, used: (branch?.used ?? 0) + (former === undefined ? 1 : 0) }, added };
}

function removeFrom<T>(branch: Branch<T>, level: number, index: number): Branch<T> | null {
  const slot = (index >>> (level * BITS)) & (WIDTH - 1);
  const below = level === 0 ? null : removeFrom(branch.slots[slot] as Branch<T>, level - 1, index);
  if (below === null && branch.used === 1) return null;
  const slots = branch.slots.slice();
  slots[slot] = below ?? undefined;
  return { slots, used: branch.used - (below === null ? 1 : 0) };
}
