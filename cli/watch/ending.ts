/** What a person reads when a sweep is over: the ranking, the best model, the counts, and what to type next. */
import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, type ExitCode } from '../../shared/kernel/errors.ts';
import { formatAmount, formatCount, formatSeconds } from '../../shared/view/format.ts';
import type { SweepSnapshot, SweepView } from '../../shared/view/types.ts';
import type { CliContext } from '../context.ts';
import { type BestModel, bestJson, bestModel, modelLines } from '../reading/best.ts';
import { rankingLines, SHOWN_STANDINGS } from '../reading/ranking-lines.ts';
import { eventJson } from './plain.ts';
import { formatCounts } from './summary-line.ts';

export interface EndingOptions {
  readonly bus: Bus;
  readonly context: CliContext;
  readonly view: SweepView;
  /** It was over before this command looked. */
  readonly already: boolean;
  /** Trials that may fail without the command failing. */
  readonly failAllowance: number;
  readonly snapshot: SweepSnapshot;
}

/** Prints the ending and returns the exit code it deserves. */
export async function printEnding(options: EndingOptions): Promise<ExitCode> {
  const { bus, context, view, snapshot } = options;
  const best = view.ranking().ranked[0];
  const model = best === undefined ? null : await bestModel(best, { bus, home: context.home, view });
  const exit = endingExit(options);
  if (context.json) {
    const summary = {
      sweep: view.sweep,
      state: snapshot.state,
      planned: snapshot.planned,
      counts: snapshot.counts,
      seconds: snapshot.elapsedSeconds,
      best: best === undefined ? null : bestJson(best, model, view),
      warnings: warningsOf(snapshot),
    };
    context.output.line(eventJson('finished', summary));
    return exit;
  }
  for (const line of endingLines(options, model)) context.output.line(line);
  return exit;
}

function endingExit({ snapshot, failAllowance }: EndingOptions): ExitCode {
  if (snapshot.counts.failed > failAllowance || snapshot.state === 'cancelled') return EXIT.sweepFailed;
  return EXIT.ok;
}

function endingLines(options: EndingOptions, model: BestModel | null): readonly string[] {
  const { context, view, snapshot } = options;
  const { output } = context;
  return [
    '',
    headline(options),
    `trials: ${formatCounts(snapshot.counts)}`,
    '',
    ...rankingLines(view.ranking(), view.spec, output, SHOWN_STANDINGS),
    '',
    ...(model === null ? [] : [...modelLines(model), '']),
    ...warningLines(options.snapshot, output.paint.warn),
    ...nextLines(options, model?.trial ?? null),
  ];
}

/** What to know before the ranking is believed. */
function warningsOf({ attention }: SweepSnapshot): readonly string[] {
  return attention.filter(({ kind }) => kind === 'warning').map(({ title }) => title);
}

function warningLines(snapshot: SweepSnapshot, warn: (text: string) => string): readonly string[] {
  const lines = warningsOf(snapshot).map((text) => `${warn('warning:')} ${text}`);
  return lines.length === 0 ? [] : [...lines, ''];
}

function nextLines(
  { context, view, snapshot, failAllowance }: EndingOptions,
  bestTrial: string | null,
): readonly string[] {
  const { command, output } = context;
  const { failed } = snapshot.counts;
  const ranked = view.ranking().ranked.length > 0;
  const failedTrial = snapshot.attention.find(({ kind }) => kind === 'failure')?.trials[0];
  const tooMany = `${formatAmount(failed, 'trial')} failed, ${formatCount(failAllowance)} may (--fail-allowance)`;
  const suggestions: readonly (readonly [words: string, what: string])[] = [
    ...(!ranked ? [] : [['best', 'the best configuration, with its spread over seeds'] as const]),
    failed > 0
      ? ['trials --state failed', 'which failed, and why']
      : ['trials', 'every trial (--state, --sort, --csv, --json)'],
    [`show ${failedTrial ?? bestTrial ?? 't000000'}`, 'everything about one trial'],
    ['status', 'one page about the sweep'],
    ...(!ranked ? [] : [[`report ${view.spec.name}`, 'one HTML file with every figure (--open)'] as const]),
  ];
  const width = Math.max(...suggestions.map(([words]) => words.length));
  return [
    ...(failed > failAllowance ? [output.paint.bad(tooMany), ''] : []),
    'next:',
    ...suggestions.map(([words, what]) => `  ${command} ${words.padEnd(width)}  ${what}`),
    // Trials are counted once, failures and cancelled ones too: the sweep stays as it ended.
    ...(failed > failAllowance ? ['to try again once the cause is gone: give the sweep another name, and run it'] : []),
    ...(snapshot.state === 'cancelled' ? ['to run it after all: give the sweep another name'] : []),
  ];
}

function headline({ view, snapshot, already, context }: EndingOptions): string {
  const { strong } = context.output.paint;
  if (snapshot.state === 'cancelled') return `sweep ${strong(view.sweep)} was cancelled`;
  const took = snapshot.elapsedSeconds > 0 ? ` in ${formatSeconds(snapshot.elapsedSeconds)}` : '';
  const count = `${formatAmount(snapshot.planned, 'trial')}${took}`;
  return already
    ? `sweep ${strong(view.sweep)} is finished already: ${count}, nothing to run`
    : `sweep ${strong(view.sweep)} finished: ${count}`;
}
