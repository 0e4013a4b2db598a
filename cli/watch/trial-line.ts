/** One line for one trial that ended. */

import type { DoneRecord } from '../../shared/protocol/index.ts';
import { formatClock, formatMetric, formatParameters, formatSeconds } from '../../shared/view/format.ts';
import { STATE_MARKS, stateGlyph } from '../../shared/view/glyphs.ts';
import type { TrialState } from '../../shared/view/types.ts';
import type { Paint } from '../output/paint.ts';

export interface LineStyle {
  readonly ascii: boolean;
  readonly paint: Paint;
  /** Name of the objective. */
  readonly objective: string;
  /** Paths of the parameters that vary. */
  readonly paths: readonly string[];
}

export interface EndedTrial {
  readonly record: DoneRecord;
  readonly slot: number | null;
  /** The best value of the objective so far. */
  readonly best: boolean;
}

/** `14:07:32 ✓ t000279 val_loss=0.08710 best lr=0.1 momentum=0.9 seed=1 0.6s local:0` */
export function formatTrialLine({ record, slot, best }: EndedTrial, style: LineStyle): string {
  const state = endStateOf(record);
  const { ascii, paint, objective, paths } = style;
  const params = formatParameters(record.params, paths);
  const words = [
    formatClock(record.at),
    toned(stateGlyph(state, ascii), state, paint),
    record.trial,
    state === 'done' ? `${objective}=${formatMetric(record.metrics[objective])}` : state,
    best ? paint.strong('best') : '',
    params,
    `seed=${record.seed}`,
    record.seconds > 0 ? formatSeconds(record.seconds) : '',
    record.agent === null ? '' : slot === null ? record.agent : `${record.agent}:${slot}`,
    record.reason === null ? '' : `(${record.reason})`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** A trial that diverged has ended but never ranks, so people see it as a state of its own. */
export function endStateOf(record: Pick<DoneRecord, 'state' | 'outcome'>): TrialState {
  return record.outcome === 'diverged' ? 'diverged' : record.state;
}

export function toned(text: string, state: TrialState, paint: Paint): string {
  switch (STATE_MARKS[state].tone) {
    case 'good':
      return paint.good(text);
    case 'bad':
      return paint.bad(text);
    case 'warn':
      return paint.warn(text);
    case 'faint':
      return paint.faint(text);
    case 'plain':
      return text;
  }
}
