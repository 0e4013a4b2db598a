import { describe, expect, it } from 'vitest';
import { KIND } from '../../../shared/bus/nats/kinds.ts';
import { type MessageKind, parseMessage } from '../../../shared/bus/nats/readable.ts';
import type { DoneRecord, SowerEvent } from '../../../shared/protocol/index.ts';
import { doneRecordOf, startedEvent } from '../../support/messages.ts';

const DONE = 'done.s.t000001';
const STARTED = 'ev.s.host.t000001.started';
const record = JSON.stringify(doneRecordOf('s', 't000001'));
const event = JSON.stringify(startedEvent('s', 1));

function problemOf<T>(kind: MessageKind<T>, subject: string, data: string | Uint8Array): string {
  const parsed = parseMessage(kind, subject, typeof data === 'string' ? new TextEncoder().encode(data) : data);
  return 'problem' in parsed ? parsed.problem : 'none';
}
const ofDone = (change: (text: string) => string) => problemOf<DoneRecord>(KIND.done, DONE, change(record));
const ofEvent = (data: string | Uint8Array) => problemOf<SowerEvent>(KIND.event, STARTED, data);

describe('a message is read, or its fault said in words', () => {
  it('where it is right', () => {
    expect([ofEvent(event), ofDone((text) => text)]).toEqual(['none', 'none']);
  });

  it.each<readonly [string, string | Uint8Array, string]>([
    ['nothing', '', 'not JSON (0 bytes)'],
    ['another encoding', Uint8Array.of(0x22, 0xe9, 0x22), 'not JSON (3 bytes)'],
    ['bytes behind it', `${event}x`, `not JSON (${event.length + 1} bytes)`],
    ['cut short', event.slice(0, -1), `not JSON (${event.length - 1} bytes)`],
    ['null', 'null', 'body: Invalid input: expected object, received null'],
    ['another version', event.replace('"v":1', '"v":2'), 'v: Invalid input: expected 1'],
    ['the subject of another', event.replace('t000001', 't000002'), 'the body belongs to ev.s.host.t000002.started'],
  ])('%s', (_, data, problem) => {
    expect(ofEvent(data)).toBe(problem);
  });

  it('where a metric is no finite number', () => {
    const metric = (value: string) => ofDone((text) => text.replace('"val_loss":0.5', `"val_loss":${value}`));
    expect(metric('null')).toBe('none');
    expect(metric('1e999')).toBe('metrics.val_loss: Invalid input: expected number, received Infinity');
    expect(metric('"0.5"')).toBe('metrics.val_loss: Invalid input: expected number, received string');
    expect(metric('NaN')).toMatch(/^not JSON/);
  });

  it('where objects lie in each other without end', () => {
    const nested = (depth: number) =>
      ofDone((text) => text.replace('{"lr":0.1}', `{"lr":${'['.repeat(depth)}${']'.repeat(depth)}}`));
    expect([nested(100), nested(127), nested(30_000)]).toEqual([
      'none',
      'nested more than 128 deep',
      'nested more than 128 deep',
    ]);
    const brackets = '[{'.repeat(1000);
    expect(ofDone((text) => text.replace('"lr":0.1', `"lr":"\\\\\\"${brackets}"`))).toBe('none');
  });

  it('and brings no prototype with it', () => {
    const parsed = parseMessage(KIND.done, DONE, new TextEncoder().encode(record.replace('"lr"', '"__proto__"')));
    expect('value' in parsed && Object.getPrototypeOf(parsed.value.params)).toBe(Object.prototype);
  });
});
