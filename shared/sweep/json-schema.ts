import { z } from 'zod';
import { sweepFile } from './file-schema.ts';
import { builtinTrain, noopTrain } from './train-schema.ts';

type JsonSchema = { [key: string]: unknown };

/** JSON Schema (draft 7) of the sweep file, for editors. A reference `${name}` may stand anywhere under `train`. */
export function sweepJsonSchema(): JsonSchema {
  const schema = draft7(sweepFile);
  const properties = schema.properties as JsonSchema;
  const trainers = [builtinTrain, noopTrain].map((trainer) => allowReferences(withoutDialect(draft7(trainer))));
  // Definitions are referred to from the root, wherever they are used.
  const definitions = Object.assign({}, schema.definitions, ...trainers.map((trainer) => trainer.definitions));
  const train = { anyOf: trainers.map(({ definitions: _, ...trainer }) => trainer) };
  return {
    ...schema,
    title: 'Sower sweep file',
    definitions,
    properties: { ...properties, train: { description: 'What one trial trains.', ...train } },
  };
}

function draft7(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) as JsonSchema;
}

function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

const REFERENCE: JsonSchema = { type: 'string', pattern: '\\$\\{[^}]+\\}' };

/** The same schema, with a reference allowed in place of every value but the whole. */
function allowReferences(schema: JsonSchema): JsonSchema {
  const grown = { ...schema };
  const orReference = (inner: unknown): JsonSchema => {
    const { description, ...plain } = allowReferences(inner as JsonSchema);
    return { ...(description === undefined ? {} : { description }), anyOf: [plain, REFERENCE] };
  };
  if (grown.properties !== undefined) {
    const members = Object.entries(grown.properties as JsonSchema);
    grown.properties = Object.fromEntries(members.map(([key, inner]) => [key, orReference(inner)]));
  }
  if (grown.items !== undefined) grown.items = orReference(grown.items);
  if (grown.definitions !== undefined) {
    const named = Object.entries(grown.definitions as JsonSchema);
    grown.definitions = Object.fromEntries(named.map(([name, inner]) => [name, allowReferences(inner as JsonSchema)]));
  }
  if (Array.isArray(grown.anyOf)) grown.anyOf = grown.anyOf.map((inner) => allowReferences(inner as JsonSchema));
  return grown;
}
