/** What an installation does, as a list that can be shown before it is done. */

export const INSTALLABLE = ['tfjs-node', 'tfjs-node-gpu', 'tfjs', 'cuda'] as const;

export type Installable = (typeof INSTALLABLE)[number];

/** A line for the person who waits. */
export type Say = (text: string) => void;

export interface Step {
  /** `download tensorflow_cpu-2.15.1... from the Python package index`. */
  readonly title: string;
  /** Bytes that come over the network, or null where that is little. */
  readonly downloadBytes: number | null;
  /** Works in a folder that takes its final place when all steps are done. */
  readonly run: (folder: string, say: Say) => Promise<void>;
}

export interface Plan {
  readonly name: Installable;
  /** `tfjs-node 4.22.0 with libtensorflow 2.15.1`. */
  readonly what: string;
  /** Where it will lie. */
  readonly folder: string;
  /** What it takes up there, as measured. */
  readonly diskBytes: number;
  /** Programs that have to be on the PATH, and the Debian package of each. */
  readonly tools: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Done every time: what lies outside the folder and may have been removed since. */
  readonly finish?: () => Promise<void>;
}
