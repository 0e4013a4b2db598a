import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar } from 'yaml';
import type { ParameterValue } from '../protocol/index.ts';
import type { Finding } from './finding.ts';
import { SWEEP_LIMITS } from './limits.ts';

export type Path = readonly (string | number)[];

/** A YAML (or JSON) text as plain data that still knows where everything stood. */
export interface SourceDocument {
  readonly value: ParameterValue;
  /** Empty where `value` can be trusted. */
  readonly findings: readonly PlacedFinding[];
  /** Offset of the node at `path`, or of the nearest node above it. */
  offsetOf(path: Path, atKey?: boolean): number;
  /** Line and column, both from 1. */
  position(offset: number): { readonly line: number; readonly column: number };
  /** A scalar as it was written: tells `1.0` from `1`. */
  writtenAt(path: Path): string | null;
}

export interface PlacedFinding extends Finding {
  readonly offset: number;
}

/** Reads the text; every fault below the level of meaning (syntax, duplicate keys, unsafe values) is a finding. */
export function readDocument(text: string): SourceDocument {
  const lines = new LineCounter();
  const findings: PlacedFinding[] = [];
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  for (const fault of [...document.errors, ...document.warnings]) {
    findings.push(syntaxFinding(fault.code, fault.message, fault.pos[0], text));
    // What follows a broken place is seldom a fault of its own.
    if (fault.code !== 'DUPLICATE_KEY') break;
  }
  const root = document.contents as Node | null;
  const resolve = (node: Node | null | undefined): Node | null =>
    isAlias(node) ? (node.resolve(document) ?? null) : (node ?? null);
  const value = findings.length > 0 || root === null ? null : toPlain(root, resolve, findings);
  return {
    value,
    findings,
    offsetOf: (path, atKey = false) => offsetOf(root, resolve, path, atKey),
    position: (offset) => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
    writtenAt: (path) => {
      const node = nodeAt(root, resolve, path);
      return isScalar(node) ? (node.source ?? null) : null;
    },
  };
}

function syntaxFinding(code: string, message: string, offset: number, text: string): PlacedFinding {
  const at = { offset, path: [] };
  switch (code) {
    case 'DUPLICATE_KEY': {
      const key = /^["']?([^\s:"']+)/.exec(text.slice(offset))?.[1] ?? '';
      return {
        ...at,
        code: 'E_SWEEP_DUP_KEY',
        message: `the key "${key}" stands here a second time`,
        fix: 'keep one of the two',
      };
    }
    case 'RESOURCE_EXHAUSTION':
      return tooDeep(offset, []);
    case 'TAB_AS_INDENT':
      return { ...at, code: 'E_SWEEP_SYNTAX', message: 'a tab indents this line', fix: 'YAML is indented with spaces' };
    case 'MULTIPLE_DOCS':
      return {
        ...at,
        code: 'E_SWEEP_SYNTAX',
        message: 'a second document ("---") begins here',
        fix: 'write one sweep per file',
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        ...at,
        code: 'E_SWEEP_SYNTAX',
        message: 'YAML tags ("!name") have no meaning here',
        fix: 'remove the tag',
      };
    default:
      return {
        ...at,
        code: 'E_SWEEP_SYNTAX',
        message: `not valid YAML: ${lowerFirst(message)}`,
        fix: 'look for a missing colon, quote, bracket or indentation here or just above',
      };
  }
}

function tooDeep(offset: number, path: Path): PlacedFinding {
  return {
    offset,
    path,
    code: 'E_SWEEP_SYNTAX',
    message: `nested deeper than ${SWEEP_LIMITS.depth} levels`,
    fix: 'flatten the file',
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Plain JSON data; whatever JSON cannot hold, or an attacker could use, becomes a finding instead. */
function toPlain(
  root: Node,
  resolve: (node: Node | null | undefined) => Node | null,
  findings: PlacedFinding[],
): ParameterValue {
  let aliasedNodes = 0;
  const refuse = (node: Node, path: Path, code: string, message: string, fix: string): null => {
    findings.push({ offset: node.range?.[0] ?? 0, path, code, message, fix });
    return null;
  };
  const visit = (written: Node, path: Path, aliased: boolean): ParameterValue => {
    const inAlias = aliased || isAlias(written);
    if (inAlias && ++aliasedNodes > SWEEP_LIMITS.aliasedNodes) {
      if (aliasedNodes > SWEEP_LIMITS.aliasedNodes + 1) return null;
      const message = `aliases expand to more than ${SWEEP_LIMITS.aliasedNodes} values`;
      return refuse(written, path, 'E_SWEEP_ALIAS_LIMIT', message, 'write the values out, or use fewer aliases');
    }
    if (path.length > SWEEP_LIMITS.depth) {
      findings.push(tooDeep(written.range?.[0] ?? 0, path.slice(0, 3)));
      aliasedNodes = inAlias ? Number.POSITIVE_INFINITY : aliasedNodes;
      return null;
    }
    const node = resolve(written);
    if (node === null) {
      return refuse(written, path, 'E_SWEEP_SYNTAX', 'this alias names no anchor', 'define it above with "&name"');
    }
    if (isScalar(node)) return plainScalar(node, path, refuse);
    if (isSeq(node)) return node.items.map((item, index) => visit(item as Node, [...path, index], inAlias));
    if (!isMap(node)) return refuse(node, path, 'E_SWEEP_SYNTAX', 'this YAML form is not supported', 'use plain YAML');
    const plain: Record<string, ParameterValue> = {};
    for (const pair of node.items) {
      const keyNode = resolve(pair.key as Node);
      const key = isScalar(keyNode) ? keyText(keyNode) : null;
      if (key === null || UNSAFE_KEYS.has(key)) {
        const name = key === null ? 'a list or mapping' : `"${key}"`;
        refuse(
          (pair.key as Node | null) ?? node,
          path,
          'E_SWEEP_KEY',
          `${name} cannot be a key`,
          'choose another name',
        );
        continue;
      }
      plain[key] = pair.value === null ? null : visit(pair.value as Node, [...path, key], inAlias);
    }
    return plain;
  };
  return visit(root, [], false);
}

function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

type Refuse = (node: Node, path: Path, code: string, message: string, fix: string) => null;

function plainScalar(node: Scalar, path: Path, refuse: Refuse): ParameterValue {
  const value = node.value;
  if (typeof value === 'number') {
    const written = node.source ?? String(value);
    if (!Number.isFinite(value)) {
      return refuse(node, path, 'E_SWEEP_TYPE', `${written} is not a finite number`, 'use a finite number');
    }
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(written)) {
      return refuse(
        node,
        path,
        'E_SWEEP_TYPE',
        `${written} is beyond 2^53, where integers lose digits`,
        'use a smaller one',
      );
    }
    return value === 0 ? 0 : value;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return refuse(
    node,
    path,
    'E_SWEEP_TYPE',
    'this kind of value is not supported',
    'use a number, text, true, false or null',
  );
}

/** The deepest node on the way to `path`, with the key that led there. */
function walk(root: Node | null, resolve: (node: Node | null | undefined) => Node | null, path: Path) {
  let node: Node | null = root;
  let key: Node | null = null;
  let depth = 0;
  for (const step of path) {
    const here: Node | null = resolve(node);
    let next: Node | null = null;
    let nextKey: Node | null = null;
    if (isMap(here)) {
      const pair = here.items.find((item) => isScalar(item.key) && keyText(item.key) === String(step));
      next = (pair?.value as Node | null | undefined) ?? null;
      nextKey = (pair?.key as Node | undefined) ?? null;
    } else if (isSeq(here)) next = (here.items[Number(step)] as Node | undefined) ?? null;
    if (next === null && nextKey === null) break;
    node = next ?? nextKey;
    key = nextKey;
    depth++;
    if (next === null) break;
  }
  return { node, key, complete: depth === path.length };
}

function nodeAt(root: Node | null, resolve: (node: Node | null | undefined) => Node | null, path: Path): Node | null {
  const found = walk(root, resolve, path);
  return found.complete ? resolve(found.node) : null;
}

function offsetOf(
  root: Node | null,
  resolve: (node: Node | null | undefined) => Node | null,
  path: Path,
  atKey: boolean,
): number {
  const found = walk(root, resolve, path);
  // A missing key is best shown at the key of the section that lacks it.
  const node = (atKey || !found.complete) && found.key !== null ? found.key : found.node;
  return node?.range?.[0] ?? 0;
}
