import { SowerError } from '../../../shared/kernel/errors.ts';
import { type ModelArtifact, SOWER_VERSION } from '../../../shared/protocol/index.ts';
import { type DataRows, type DataSet, firstRows } from '../../data/index.ts';
import type { TrainingRun, VerifyExport } from '../../engine/port.ts';
import type { TrainJob } from '../port.ts';

const CHECKED_ROWS = 256;

/** Per unit of the largest score, or absolutely where scores are small: float32 carries no more digits. */
const MAX_DEVIATION = 1e-4;

/** Rows whose outputs are known already. */
export interface KnownOutputs {
  readonly rows: DataRows;
  readonly outcome: { readonly outputs: Float32Array };
}

/**
 * The ONNX file, once a plain inference session has shown that it computes what was trained, on rows the model did not
 * learn from where there are any. Throws E_EXPORT_PARITY.
 */
export async function exportModel(
  run: TrainingRun,
  data: DataSet,
  job: TrainJob,
  verify: VerifyExport,
  known: KnownOutputs | null,
): Promise<{ readonly bytes: Uint8Array; readonly model: Omit<ModelArtifact, 'path' | 'sha256'> }> {
  const bytes = run.exportOnnx(metadataOf(job, data));
  const rows = await firstRows(known?.rows ?? data.train, CHECKED_ROWS);
  const outputs = known?.outcome.outputs ?? (await run.predict(rows));
  const width = known === null ? outputs.length / rows.rows : outputs.length / known.rows.rows;
  const expected = outputs.subarray(0, rows.rows * width);
  const { maxDeviation, opset } = await verify(bytes, rows, expected);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  // Written so that a NaN is refused, too.
  if (!(maxDeviation <= MAX_DEVIATION * scale)) {
    throw new SowerError(
      'E_EXPORT_PARITY',
      `the exported model deviates by ${maxDeviation} from the trained one, allowed is ${MAX_DEVIATION * scale}`,
      { where: job.trial.id, fix: 'report this with the sweep file: the model must not be used' },
    );
  }
  return { bytes, model: { bytes: bytes.length, opset, maxDeviation, uploaded: false } };
}

function metadataOf({ sweep, trial }: TrainJob, data: DataSet): Readonly<Record<string, string>> {
  return {
    ...(data.classes === null ? {} : { classes: JSON.stringify(data.classes) }),
    ...(data.columns ? { columns: columnsText(data.columns) } : {}),
    sweep,
    trial: trial.id,
    configuration: trial.configuration,
    seed: String(trial.seed),
    parameters: JSON.stringify(trial.params),
    data: data.name,
    data_hash: data.hash,
    sower_version: SOWER_VERSION,
  };
}

/** What whoever runs the model needs to make a row: a category is its place in the list, a missing cell NaN. */
function columnsText(columns: NonNullable<DataSet['columns']>): string {
  return JSON.stringify(
    columns.map(({ name, type, categories }) => (categories === null ? { name, type } : { name, type, categories })),
  );
}
