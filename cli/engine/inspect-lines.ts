/** A model file and a trial's training graph as lines for people. */
import type { LayerReport, ModelPort, ModelSummary, StructureReport } from '../../agent/engine/index.ts';
import { formatBytes, formatCount, formatParameters } from '../../shared/view/format.ts';
import type { Output } from '../output/output.ts';
import { type Column, formatTable } from '../output/table.ts';
import { labelledWords } from '../output/wrap.ts';
import { formatFlops } from './flops.ts';
import type { TrialStructure } from './structure-of-trial.ts';

const LABEL_WIDTH = 12;

const labelled = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${text}`;

const shapeText = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;

/** `graph  1,805 ops for 6 steps: Add 24, Gemm 18`: the most frequent first. */
function opLines(
  label: string,
  total: string,
  ops: Readonly<Record<string, number>>,
  width: number,
): readonly string[] {
  const counts = Object.entries(ops)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([op, count]) => `${op} ${count}`);
  return labelledWords(label, [`${total}: ${counts[0] ?? ''}`, ...counts.slice(1)], ', ', width);
}

const totalOf = (ops: Readonly<Record<string, number>>): number =>
  Object.values(ops).reduce((sum, count) => sum + count, 0);

export function modelLines(model: ModelSummary, { paint, columns }: Output): readonly string[] {
  const port = (label: string) => (value: ModelPort) =>
    labelled(label, `${paint.strong(value.name)} ${value.type} ${shapeText(value.shape)}`);
  const opsets = Object.entries(model.opsets).map(([domain, version]) =>
    domain === '' ? `opset ${version}` : `${domain} ${version}`,
  );
  return [
    labelled('format', `${opsets.join(', ')}, IR version ${model.irVersion}, by ${model.producer || 'unknown'}`),
    ...model.inputs.map(port('input')),
    ...model.outputs.map(port('output')),
    labelled('parameters', `${formatCount(model.parameters)} in ${formatCount(model.tensors)} tensors`),
    ...opLines('ops', formatCount(totalOf(model.ops)), model.ops, columns),
    ...Object.entries(model.metadata).map(([key, value]) => labelled('metadata', `${key} = ${value}`)),
  ];
}

const COLUMNS: readonly Column[] = [
  { title: 'layer', align: 'left', keep: true },
  { title: 'type', align: 'left', keep: true },
  { title: 'output', align: 'left', keep: true },
  { title: 'parameters', align: 'right' },
  { title: 'FLOP/example', align: 'right' },
  { title: 'computed as', align: 'left' },
];

export function structureLines(
  { trial, structure, engine }: TrialStructure,
  report: StructureReport,
  { paint, columns }: Output,
): readonly string[] {
  const params = formatParameters(trial.params, Object.keys(trial.params));
  const cells = report.layers.map((layer) => [
    layer.name,
    layer.type,
    shapeText(layer.outputShape),
    layer.parameters === 0 ? '' : formatCount(layer.parameters),
    layer.flops === 0 ? '' : formatCount(layer.flops),
    formText(layer),
  ]);
  return [
    `${paint.strong(`trial ${trial.id}`)}${params === '' ? '' : `  ${params}`}`,
    '',
    ...formatTable(COLUMNS, cells, columns),
    '',
    labelled('parameters', `${formatCount(report.parameters)}; with optimizer ${formatBytes(report.stateBytes)}`),
    labelled('step', `${formatFlops(report.stepFlops)} in a batch of ${structure.batchSize}, counted as direct work`),
    ...opLines(
      'graph',
      `${formatCount(totalOf(report.ops))} ops for ${report.stepsPerTrip} steps`,
      report.ops,
      columns,
    ),
    ...(engine === 'ort' ? [] : [labelled('engine', `${engine}, which has graphs of its own: this is that of ort`)]),
  ];
}

const formText = ({ form }: LayerReport): string =>
  form === null ? '' : `${form.forward}, input gradient ${form.inputGrad}`;
