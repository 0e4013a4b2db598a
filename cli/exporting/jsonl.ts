/** One trial per line with all that is stored of it; field names are a contract. */
import { modelJson } from '../reading/trial-json.ts';
import { isoTime } from './csv.ts';
import { type ExportSource, epochsOf } from './source.ts';

/** Lines of JSON, without their line ends. */
export function* jsonLines({ sweep, hash, trials }: ExportSource): Generator<string> {
  for (const { row, record } of trials) {
    yield JSON.stringify({
      sweep,
      sweep_hash: hash,
      trial: record.trial,
      configuration: record.configuration,
      seed: record.seed,
      params: record.params,
      state: row.state,
      outcome: record.outcome,
      reason: row.reason,
      metrics: record.metrics,
      epochs: record.epochs,
      best_epoch: record.bestEpoch ?? null,
      steps: record.steps,
      history: epochsOf(record).map(({ epoch, metrics }) => ({ epoch, ...metrics })),
      started_at: isoTime(row.startedAt),
      ended_at: isoTime(row.endedAt),
      seconds: record.seconds,
      samples_per_second: record.samplesPerSecond,
      attempts: record.attempts,
      attempt: record.attempt,
      agent: record.agent,
      failure: record.failure,
      notes: record.notes ?? [],
      provenance: record.provenance,
      model: record.model === null ? null : modelJson(record.model),
      artifacts: (record.artifacts ?? []).map(({ name, path, bytes, sha256 }) => ({ name, path, bytes, sha256 })),
    });
  }
}
