import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sweepJsonSchema } from '../../../shared/sweep/index.ts';
import { reference } from './sweep-texts.ts';

type Schema = Record<string, unknown>;

/** Enough of draft 7 to judge a sweep file: what the schema uses, and a failure for what it does not. */
function accepts(schema: Schema, value: unknown, root: Schema): boolean {
  if (typeof schema.$ref === 'string') {
    const target = schema.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (key === '' ? at : (at as Schema)[key]), root);
    return accepts(target as Schema, value, root);
  }
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((option) => accepts(option as Schema, value, root));
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  switch (schema.type) {
    case undefined:
      return true;
    case 'string':
      return typeof value === 'string' && new RegExp((schema.pattern as string | undefined) ?? '').test(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
    case 'integer':
      return (
        typeof value === 'number' &&
        (schema.type === 'number' || Number.isInteger(value)) &&
        value >= ((schema.minimum as number | undefined) ?? Number.NEGATIVE_INFINITY) &&
        value > ((schema.exclusiveMinimum as number | undefined) ?? Number.NEGATIVE_INFINITY)
      );
    case 'array':
      return (
        Array.isArray(value) &&
        value.length >= ((schema.minItems as number | undefined) ?? 0) &&
        value.length <= ((schema.maxItems as number | undefined) ?? Number.POSITIVE_INFINITY) &&
        value.every((item) => accepts(schema.items as Schema, item, root))
      );
    case 'object':
      return acceptsObject(schema, value, root);
    default:
      throw new Error(`the test does not know the type ${String(schema.type)}`);
  }
}

function acceptsObject(schema: Schema, value: unknown, root: Schema): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const members = (schema.properties ?? {}) as Record<string, Schema>;
  const required = (schema.required ?? []) as readonly string[];
  if (!required.every((key) => Object.hasOwn(value, key))) return false;
  return Object.entries(value).every(([key, member]) => {
    const inner = members[key] ?? schema.additionalProperties;
    return inner !== false && (inner === undefined || accepts(inner as Schema, member, root));
  });
}

describe('the JSON Schema for editors', () => {
  const schema = sweepJsonSchema() as Schema;
  const shipped = (name: string) =>
    parse(readFileSync(new URL(`../../../sweeps/${name}.yaml`, import.meta.url), 'utf8'));
  const quickstart = () => shipped('quickstart');

  it('is draft 7, the newest that YAML editors take', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  });

  it('accepts the sweeps that come with Sower, references and all', () => {
    expect(accepts(schema, quickstart(), schema)).toBe(true);
    expect(accepts(schema, shipped('digits-cnn'), schema)).toBe(true);
  });

  const BLOCK = `add: [[], [batch_norm, {conv2d: {out_channels: 4, kernel_size: [3, "${reference('k')}"]}}]]`;

  it.each([
    [
      'whole values that are references',
      `model: "${reference('layers')}"\noptimizer: "${reference('o')}"\nschedule: "${reference('s')}"`,
      true,
    ],
    ['layers inside layers', `model: [{${BLOCK}}, {concat: [[{${BLOCK}}], ["${reference('branch')}"]]}]`, true],
    ['the options of training', 'schedule: {cosine: {}}\nwarmup: {steps: 3}\nclip_grad_norm: none\nengine: tfjs', true],
    ['not three sizes of a kernel', `model: [{${BLOCK.replace('3,', '3, 3,')}}]`, false],
    ['not a misspelt layer in a branch', `model: [{${BLOCK.replace('batch', 'bacth')}}]`, false],
    ['not one branch', 'model: [{add: [[relu]]}]', false],
    ['not two kinds of warm-up', 'warmup: {steps: 3, epochs: 2}', false],
  ])('accepts %s', (_, entries, accepted) => {
    const file = quickstart();
    Object.assign(file.train as Schema, parse(entries));
    expect(accepts(schema, file, schema)).toBe(accepted);
  });

  it.each([
    ['a misspelt key', (file: Schema) => Object.assign(file, { metirc: {} })],
    ['a missing section', (file: Schema) => delete file.metric],
    ['an unknown method', (file: Schema) => Object.assign(file, { method: 'gird' })],
    ['a batch size of 0', (file: Schema) => Object.assign(file.train as Schema, { batch_size: 0 })],
    ['an unknown layer', (file: Schema) => Object.assign(file.train as Schema, { model: ['rleu'] })],
    [
      'a misspelt key of a nested parameter',
      (file: Schema) => Object.assign(file.parameters as Schema, { a: { parameters: { b: { valeu: 1 } } } }),
    ],
  ])('refuses %s', (_, spoil) => {
    const file = quickstart();
    spoil(file);
    expect(accepts(schema, file, schema)).toBe(false);
  });
});
