import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { type Path, show } from './finding.ts';

/** One `${parameter}` of the train section. */
export interface Reference {
  readonly name: string;
  /** Place of the text that holds it, from the train section. */
  readonly path: Path;
}

const REFERENCE = /\$\{([^}]*)\}/g;
const WHOLE = /^\$\{([^}]*)\}$/;

/** Parameters that a text refers to. */
export function namesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map((match) => (match[1] as string).trim());
}

/** Every reference, in file order. */
export function referencesIn(value: ParameterValue, path: Path = []): readonly Reference[] {
  if (typeof value === 'string') return namesIn(value).map((name) => ({ name, path }));
  if (Array.isArray(value)) return value.flatMap((item, index) => referencesIn(item, [...path, index]));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => referencesIn(member, [...path, key]));
}

/** The value with every reference replaced; a reference that is the whole text keeps the type of its value. */
export function fillReferences(value: ParameterValue, params: ParameterValues): ParameterValue {
  if (typeof value === 'string') return fillText(value, params);
  if (Array.isArray(value)) return value.map((item) => fillReferences(item as ParameterValue, params));
  if (value === null || typeof value !== 'object') return value;
  const filled: Record<string, ParameterValue> = {};
  for (const [key, member] of Object.entries(value)) filled[key] = fillReferences(member as ParameterValue, params);
  return filled;
}

function fillText(text: string, params: ParameterValues): ParameterValue {
  const whole = WHOLE.exec(text);
  if (whole !== null) return contentOf(lookUp((whole[1] as string).trim(), params));
  return text.replaceAll(REFERENCE, (_, name: string) => {
    const content = contentOf(lookUp(name.trim(), params));
    return typeof content === 'string' ? content : JSON.stringify(content);
  });
}

function lookUp(name: string, params: ParameterValues): ParameterValue {
  if (!Object.hasOwn(params, name)) throw new Error(`invariant broken: no parameter "${name}" to fill in`);
  return params[name] as ParameterValue;
}

/** A value such as `{label: small, value: [...]}` is shown by its label and used by its value. */
export function contentOf(value: ParameterValue): ParameterValue {
  return isLabelled(value) ? value.value : value;
}

export function isLabelled(value: ParameterValue): value is { readonly label: string; readonly value: ParameterValue } {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.keys(value).length === 2 &&
    typeof (value as { label?: unknown }).label === 'string' &&
    Object.hasOwn(value, 'value')
  );
}

/** A value in few words: its label where it has one. */
export function labelOf(value: ParameterValue): string {
  return isLabelled(value) ? value.label : show(value);
}
