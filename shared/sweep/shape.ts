import { z } from 'zod';
import { type Finding, listed, type Path, show } from './finding.ts';
import { SWEEP_LIMITS } from './limits.ts';
import { didYouMean, hintAmong } from './near-name.ts';

/** A mapping that refuses keys it does not know. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape);
}

/**
 * Says something better about an unknown key or value (`word`), or about a value of the wrong type (`word` is null), or
 * null to keep the usual words.
 */
export type Explain = (path: Path, word: string | null, input: unknown) => Omit<Finding, 'path'> | null;

/**
 * Checks `value` against a schema and words each fault for people. Zod's own issues lose the schema that raised them, so
 * the words are chosen while it is still at hand and travel inside the issue's message.
 */
export function checkShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  base: Path,
  explain: Explain = () => null,
): { readonly data: z.output<Schema> } | { readonly findings: readonly Finding[] } {
  const error = (issue: z.core.$ZodRawIssue) => JSON.stringify(wordsFor(issue, base, explain));
  const result = schema.safeParse(value, { error });
  if (result.success) return { data: result.data };
  return {
    findings: withoutEchoes(
      result.error.issues.flatMap((issue) => unfold(issue, base)).slice(0, SWEEP_LIMITS.findings),
    ),
  };
}

/**
 * A misspelt key is one fault, not two: drops "is missing" where the same section has a near-miss of that key, or a key
 * of another tool that stands in its place.
 */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const sectionOf = (path: Path) => JSON.stringify(path.slice(0, -1));
  const foreign = findings
    .filter(({ code, atKey }) => code === 'E_SWEEP_UNSUPPORTED' && atKey === true)
    .map(({ path }) => sectionOf(path));
  const slips = findings
    .filter(({ code }) => code === 'E_SWEEP_UNKNOWN_KEY')
    .map(({ path, fix }) => `${sectionOf(path)} ${fix}`);
  return findings.filter(
    ({ code, path }) =>
      code !== 'E_SWEEP_MISSING' ||
      !(
        foreign.includes(sectionOf(path)) ||
        slips.includes(`${sectionOf(path)} ${didYouMean(String(path[path.length - 1]))}`)
      ),
  );
}

/** What a message carries until the issues are unfolded: faults relative to the issue, or the branch of a union. */
type Words = { readonly faults: readonly RelativeFinding[] } | { readonly branch: number };

interface RelativeFinding extends Omit<Finding, 'path'> {
  readonly key?: string;
}

function unfold(issue: z.core.$ZodIssue, base: Path): readonly Finding[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  const words = JSON.parse(issue.message) as Words;
  if ('branch' in words) {
    const errors = issue.code === 'invalid_union' ? (issue.errors[words.branch] ?? []) : [];
    return errors.flatMap((nested) => unfold(nested, path));
  }
  return words.faults.map(({ key, ...fault }) => ({ ...fault, path: key === undefined ? path : [...path, key] }));
}

function wordsFor(issue: z.core.$ZodRawIssue, base: Path, explain: Explain): Words {
  const path = [...base, ...((issue.path ?? []) as (string | number)[])];
  const one = (code: string, message: string, fix?: string): Words => ({
    faults: [{ code, message, ...(fix === undefined ? {} : { fix }) }],
  });
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = Object.keys((issue.inst as z.core.$ZodObject)._zod.def.shape);
      return { faults: issue.keys.slice(0, SWEEP_LIMITS.findings).map((key) => unknownKey(path, key, known, explain)) };
    }
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (issue.input === undefined) return one('E_SWEEP_MISSING', 'is missing', `add one of ${known.join(', ')}`);
      const explained = explain(path, String(issue.input), issue.input);
      if (explained !== null) return { faults: [explained] };
      const fix = hintAmong(String(issue.input), known);
      return one('E_SWEEP_VALUE', `unknown value ${show(issue.input)}`, fix);
    }
    case 'invalid_type': {
      const explained = explain(path, null, issue.input);
      if (explained !== null) return { faults: [explained] };
      return typeWords(issue.expected, issue.input, one, wrappedIn(issue.inst, path.at(-1), issue.input));
    }
    case 'too_small':
      return one('E_SWEEP_RANGE', tooSmall(issue));
    case 'too_big':
      return one('E_SWEEP_RANGE', tooBig(issue));
    case 'invalid_union':
      return unionWords(issue, path, explain, one);
    default:
      return one('E_SWEEP_TYPE', `cannot be ${show(issue.input)}`);
  }
}

function unknownKey(path: Path, key: string, known: readonly string[], explain: Explain): RelativeFinding {
  const explained = explain([...path, key], key, undefined);
  if (explained !== null) return { ...explained, key, atKey: true };
  return {
    key,
    atKey: true,
    code: 'E_SWEEP_UNKNOWN_KEY',
    message: 'unknown key',
    fix: hintAmong(key, known, 'known keys'),
  };
}

type One = (code: string, message: string, fix?: string) => Words;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  boolean: 'true or false',
};

function typeWords(expected: string, input: unknown, one: One, wrapped?: string): Words {
  const wanted = TYPE_WORDS[expected] ?? expected;
  if (input === undefined) return one('E_SWEEP_MISSING', 'is missing', `add it: ${wanted}`);
  const number = expected === 'number' || expected === 'int';
  const quoted = number && typeof input === 'string' && isNumeric(input);
  return one(
    'E_SWEEP_TYPE',
    `must be ${wanted}, got ${describe(input)}`,
    quoted ? 'remove the quotes' : (wrapped ?? fixFor(expected, input)),
  );
}

/** `dense: 2` means its one required key; undefined where a value stands for no single key, or for one that does not take it. */
function wrappedIn(schema: unknown, name: string | number | undefined, input: unknown): string | undefined {
  if (!(schema instanceof z.core.$ZodObject) || typeof name !== 'string') return undefined;
  if (typeof input !== 'number' && typeof input !== 'string' && !Array.isArray(input)) return undefined;
  const entries = Object.entries(schema._zod.def.shape);
  const needed = entries.filter(([, inner]) => inner._zod.optin === undefined);
  const [only, ...others] = needed.length > 0 ? needed : entries;
  if (only === undefined || others.length > 0 || !z.core.safeParse(only[1], input).success) return undefined;
  return `write ${name}: {${only[0]}: ${typeof input === 'string' ? input : JSON.stringify(input)}}`;
}

function fixFor(expected: string, input: unknown): string | undefined {
  if (expected === 'array') return typeof input === 'number' ? `write [${input}]` : undefined;
  const entries = typeof input === 'string' ? input.trim().split(/\s+/) : [];
  const numbers = entries.length > 1 && entries.every((entry) => Number.isFinite(Number(entry)));
  return numbers ? `put commas between numbers: ${entries.join(', ')}` : undefined;
}

function describe(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return `the list ${show(input)}`;
  if (typeof input === 'object') return `the mapping ${show(input)}`;
  return typeof input === 'string' ? `the text ${show(input)}` : show(input);
}

function tooSmall(issue: z.core.$ZodRawIssue & { readonly code: 'too_small' }): string {
  if (issue.origin === 'array')
    return `needs at least ${issue.minimum === 1 ? 'one entry' : `${issue.minimum} entries`}`;
  if (issue.origin === 'string') return 'must not be empty';
  return `must be ${issue.inclusive === true ? 'at least' : 'greater than'} ${issue.minimum}, got ${show(issue.input)}`;
}

function tooBig(issue: z.core.$ZodRawIssue & { readonly code: 'too_big' }): string {
  if (issue.origin === 'array') return `has more than ${issue.maximum} entries`;
  if (issue.origin === 'string') return `is longer than ${issue.maximum} characters`;
  return `must be ${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}, got ${show(issue.input)}`;
}

/** Of the ways a value may be written, blames it by the one it comes nearest to. */
function unionWords(
  issue: z.core.$ZodRawIssue & { readonly code: 'invalid_union' },
  path: Path,
  explain: Explain,
  one: One,
): Words {
  if (issue.input === undefined) return one('E_SWEEP_MISSING', 'is missing', 'add it');
  const options = (issue.inst as z.core.$ZodUnion)._zod.def.options as readonly z.core.$ZodType[];
  const branches = options.map(branchOf);
  const branchFor = (kind: Branch['kind']) => branches.findIndex((branch) => branch.kind === kind);
  const input = issue.input;
  if (Array.isArray(input) && branchFor('list') >= 0) return { branch: branchFor('list') };
  if (isNumeric(input) && branchFor('number') >= 0) return { branch: branchFor('number') };
  if (input !== null && typeof input === 'object' && !Array.isArray(input) && branchFor('mapping') >= 0) {
    const keys = Object.keys(input);
    const known = branches.flatMap(({ keys: some }) => some);
    const together = choicesAmong(keys, branches);
    if (together.length > 1) return one('E_SWEEP_VALUE', `names ${listed(together)} at once`, 'keep one of them');
    const branch = branches.findIndex(({ keys: known }) => known.some((key) => keys.includes(key)));
    if (branch >= 0) return { branch };
    const faults = keys.map((key) => unknownKey(path, key, known, explain));
    return faults.length > 0
      ? { faults }
      : one('E_SWEEP_TYPE', 'is an empty mapping', `known keys: ${known.join(', ')}`);
  }
  const words = [...new Set(branches.flatMap(({ values, keys }) => [...values, ...keys]))];
  if (typeof input === 'string' && words.length > 0) {
    const explained = explain(path, input, input);
    if (explained !== null) return { faults: [explained] };
    const key = branches.flatMap(({ keys: some }) => some).find((some) => some === input);
    if (key !== undefined)
      return one('E_SWEEP_TYPE', `"${input}" needs settings`, `write "${input}: {${neededOf(options, input)}}"`);
    return one('E_SWEEP_VALUE', `unknown value ${show(input)}`, hintAmong(input, words));
  }
  const kinds = [...new Set(branches.map(({ kind }) => KIND_WORDS[kind]))];
  return one('E_SWEEP_TYPE', `must be ${listed(kinds, 'or')}, got ${describe(input)}`);
}

/** The keys that must stand below `key`, each with one of its words where it has some: `units: ...`. */
function neededOf(options: readonly z.core.$ZodType[], key: string): string {
  const shapes = options.flatMap((option) => (option instanceof z.core.$ZodObject ? [option._zod.def.shape] : []));
  const inner = shapes.find((shape) => key in shape)?.[key];
  if (!(inner instanceof z.core.$ZodObject)) return '...';
  const needed = Object.entries(inner._zod.def.shape).filter(([, schema]) => schema._zod.optin === undefined);
  const entries = needed.map(([name, schema]) => `${name}: ${branchOf(schema).values[0] ?? '...'}`);
  return entries.length === 0 ? '...' : entries.join(', ');
}

/** Of a union whose ways are told apart by one word each: those words that stand here. */
function choicesAmong(keys: readonly string[], branches: readonly Branch[]): readonly string[] {
  if (branches.some((branch) => branch.kind === 'mapping' && branch.keys.length !== 1)) return [];
  return keys.filter((key) => branches.some((branch) => branch.keys.includes(key) || branch.values.includes(key)));
}

/** One way of a union: the keys or words by which a person can mean it. */
interface Branch {
  readonly kind: keyof typeof KIND_WORDS;
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

const KIND_WORDS = {
  name: 'a name',
  mapping: 'a mapping',
  number: 'a number',
  list: 'a list',
  other: 'something else',
};

function branchOf(schema: z.core.$ZodType): Branch {
  const none = { keys: [], values: [] };
  if (schema instanceof z.core.$ZodObject)
    return { ...none, kind: 'mapping', keys: Object.keys(schema._zod.def.shape) };
  if (schema instanceof z.core.$ZodEnum) {
    return { ...none, kind: 'name', values: Object.values(schema._zod.def.entries).map(String) };
  }
  if (schema instanceof z.core.$ZodNumber) return { ...none, kind: 'number' };
  return { ...none, kind: schema instanceof z.core.$ZodArray ? 'list' : 'other' };
}

/** A number, or text that was meant as one. */
function isNumeric(input: unknown): boolean {
  return (
    typeof input === 'number' || (typeof input === 'string' && input.trim() !== '' && Number.isFinite(Number(input)))
  );
}
