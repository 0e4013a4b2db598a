/**
 * Whether trials that ask for the same data learned from the same rows. Data with a hash in the sweep file always is the
 * same; data with a name may lie in a folder of each agent's own, and pictures may be decoded by another library.
 */
import type { DoneRecord } from '../protocol/index.ts';
import { canonicalJson } from '../sweep/index.ts';
import { referencesIn } from '../sweep/references.ts';
import type { SweepSpec, Trial } from '../sweep/spec.ts';
import { addNote, type NoteFacts } from './attention.ts';

/** A sweep may draw a split for each configuration; what comes later is not compared. */
const MOST_SECTIONS = 10_000;

const SHOWN_DIGITS = 12;

export interface DataHashes {
  add(record: Pick<DoneRecord, 'provenance' | 'params'>, trial: Trial): void;
  /** What to know of trials whose rows are not those of most others: by text, as notes are. */
  strays(): ReadonlyMap<string, NoteFacts>;
}

export function createDataHashes({ train }: Pick<SweepSpec, 'train'>): DataHashes {
  const isSection = train !== null && typeof train === 'object' && !Array.isArray(train);
  const data = isSection && 'data' in train ? train.data : null;
  const names = data === null || data === undefined ? [] : referencesIn(data).map(({ name }) => name);
  /** By the values that the data section depends on: how many trials saw which hash. */
  const sections = new Map<string, Map<string, NoteFacts>>();
  return {
    add({ provenance, params }, trial) {
      if (provenance === null) return;
      const key = canonicalJson(names.map((name) => params[name] ?? null));
      const known = sections.get(key);
      if (known !== undefined) addNote(known, provenance.dataHash, trial);
      else if (sections.size < MOST_SECTIONS) {
        const hashes = new Map<string, NoteFacts>();
        addNote(hashes, provenance.dataHash, trial);
        sections.set(key, hashes);
      }
    },
    strays() {
      const strays = new Map<string, NoteFacts>();
      for (const hashes of sections.values()) {
        if (hashes.size < 2) continue;
        const [[usual], ...others] = [...hashes].sort(
          ([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1),
        ) as [[string, NoteFacts], ...[string, NoteFacts][]];
        for (const [hash, facts] of others) strays.set(describe(hash, usual), facts);
      }
      return strays;
    },
  };
}

function describe(hash: string, usual: string): string {
  const [shown, expected] = [hash, usual].map((digits) => digits.slice(0, SHOWN_DIGITS));
  return `rows with the hash ${shown}... where other trials had ${expected}... for the same data: their agents hold different files of that name`;
}
