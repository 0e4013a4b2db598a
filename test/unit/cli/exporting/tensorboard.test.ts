import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../cli/exporting/event-file.ts';
import { tensorboardFiles } from '../../../../cli/exporting/tensorboard.ts';
import { STARTED_AT, smallSource } from './export-source.ts';

/** The parts of TensorFlow's and TensorBoard's definitions that are written, by their published field numbers. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
  message Summary {
    message Value {
      string tag = 1;
      oneof value { float simple_value = 2; TensorProto tensor = 8; }
      SummaryMetadata metadata = 9;
    }
    repeated Value value = 1;
  }
  message SummaryMetadata { message PluginData { string plugin_name = 1; bytes content = 2; } PluginData plugin_data = 1; }
  message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; }
  message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
  message HParamsPluginData {
    int32 version = 1;
    oneof data { Experiment experiment = 2; SessionStartInfo session_start_info = 3; SessionEndInfo session_end_info = 4; }
  }
  message Experiment { string name = 6; double time_created_secs = 3; repeated HParamInfo hparam_infos = 4; repeated MetricInfo metric_infos = 5; }
  message HParamInfo { string name = 1; int32 type = 4; bool differs = 7; }
  message MetricName { string group = 1; string tag = 2; }
  message MetricInfo { MetricName name = 1; string display_name = 3; }
  message Value { oneof kind { double number_value = 2; string string_value = 3; bool bool_value = 4; } }
  message SessionStartInfo { map<string, Value> hparams = 1; string group_name = 4; double start_time_secs = 5; }
  message SessionEndInfo { int32 status = 1; double end_time_secs = 2; }
`);

interface Value {
  readonly tag: string;
  readonly simpleValue?: number;
  readonly metadata?: { readonly pluginData: { readonly pluginName: string; readonly content: Uint8Array } };
}

interface Event {
  readonly wallTime: number;
  readonly step: { readonly low: number };
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly Value[] };
}

/** Bit by bit, to have another way than the table's. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x82f63b78n : 0n);
  }
  return Number(crc ^ 0xffffffffn);
}

function masked(crc: number): number {
  const rotated = ((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

/** Events of a file whose checksums hold. */
function readEvents(bytes: Uint8Array): readonly Event[] {
  const file = Buffer.from(bytes);
  const events: Event[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const body = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 8)).toBe(masked(slowCrc(file.subarray(at, at + 8))));
    expect(file.readUInt32LE(at + 12 + length)).toBe(masked(slowCrc(body)));
    events.push(root.lookupType('Event').decode(body) as unknown as Event);
    at += 16 + length;
  }
  return events;
}

function noteOf({ metadata }: Value): Record<string, unknown> {
  const type = root.lookupType('HParamsPluginData');
  return type.toObject(type.decode(metadata!.pluginData.content), { defaults: false });
}

const files = new Map(
  [...tensorboardFiles(smallSource())].map((file) => [file.path, 'contents' in file ? file.contents : '']),
);
const name = (at: number) => `events.out.tfevents.${at / 1000}.sower`;
const events = (run: string) => readEvents(files.get(`${run}${name(STARTED_AT)}`) as Uint8Array);

describe('event files for TensorBoard', () => {
  it.each([
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
    ['\xff'.repeat(32), 0x62a8ab43],
  ])('have the checksum of RFC 3720: %j', (text, crc) => {
    expect(crc32c(Buffer.from(text, 'latin1'))).toBe(crc);
  });

  it('lie in a folder for each configuration and seed', () => {
    expect([...files.keys()]).toEqual(['', 'c0000/seed1/', 'c0001/seed1/'].map((run) => run + name(STARTED_AT)));
  });

  it('hold the metrics of every epoch and the final ones at the epoch they belong to', () => {
    const all = events('c0000/seed1/');
    expect(all[0]).toMatchObject({ wallTime: STARTED_AT / 1000, fileVersion: 'brain.Event:2' });
    const scalars = all.flatMap(({ step, wallTime, summary }) =>
      (summary?.value ?? [])
        .filter(({ metadata }) => metadata === null || metadata === undefined)
        .map(({ tag, simpleValue }) => [tag, step.low, wallTime - STARTED_AT / 1000, simpleValue]),
    );
    expect(scalars).toEqual([
      ['loss/val', 1, 2, 0.25],
      ['loss/val', 2, 4, 0.5],
      ['final/val_loss', 1, 4, 0.25],
      ['final/test_accuracy', 1, 4, Math.fround(0.9)],
    ]);
    const diverged = events('c0001/seed1/').flatMap(({ summary }) => summary?.value ?? []);
    expect(diverged.filter(({ tag }) => tag === 'loss/val').map(({ simpleValue }) => simpleValue)).toEqual([
      8,
      Number.NaN,
    ]);
  });

  it('tell the HParams page what was swept, and group seeds', () => {
    const notes = (run: string) =>
      events(run).flatMap(({ summary }) => (summary?.value ?? []).filter(({ tag }) => tag.startsWith('_hparams_/')));
    const [experiment] = notes('');
    expect(experiment).toMatchObject({
      tag: '_hparams_/experiment',
      metadata: { pluginData: { pluginName: 'hparams' } },
    });
    expect(noteOf(experiment!)).toMatchObject({
      experiment: {
        hparamInfos: [
          { name: 'lr', type: 3, differs: true },
          { name: 'momentum', type: 3 },
        ],
        metricInfos: [{ name: { tag: 'final/val_loss' } }, { name: { tag: 'final/test_accuracy' } }],
      },
    });
    expect(notes('c0001/seed1/').map(noteOf)).toMatchObject([
      { sessionStartInfo: { hparams: { lr: { numberValue: 5 }, momentum: { numberValue: 0 } }, groupName: 'c0001' } },
      { sessionEndInfo: { status: 2 } },
    ]);
    expect(noteOf(notes('c0000/seed1/')[1]!)).toMatchObject({ sessionEndInfo: { status: 1 } });
  });
});
