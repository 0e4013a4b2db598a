/** Bounds of a sweep file; each is named in the message that refuses what lies beyond it. */
export const SWEEP_LIMITS = {
  fileBytes: 1024 * 1024,
  trials: 1_000_000,
  /** Nesting of lists and mappings. */
  depth: 64,
  /** Nodes reached through YAML aliases: a few shared blocks, never a bomb. */
  aliasedNodes: 10_000,
  /** Faults that are reported of one file. */
  findings: 100,
  batchSize: 65_536,
  epochs: 10_000,
  units: 1_048_576,
  embeddings: 16_777_216,
  warmupSteps: 1_000_000_000,
  /** Of a model, those in branches counted. */
  layers: 256,
  /** Rows of each kind that an evaluation shows. */
  shownExamples: 64,
  noopSeconds: 86_400,
} as const;
