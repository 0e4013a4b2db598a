import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { ParameterValue } from '../protocol/index.ts';
import type { Path } from './finding.ts';
import { keyText, type PlacedFinding, type Resolve, tooDeep, toPlain } from './plain-values.ts';

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

/** Reads the text; every fault below the level of meaning (syntax, duplicate keys, unsafe values) is a finding. */
export function readDocument(text: string): SourceDocument {
  const lines = new LineCounter();
  const findings: PlacedFinding[] = [];
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  for (const fault of [...document.errors, ...document.warnings]) {
    findings.push(syntaxFinding(fault.code, fault.message, fault.pos[0], lineAround(text, fault.pos[0])));
    // What follows a broken place is seldom a fault of its own.
    break;
  }
  const root = document.contents as Node | null;
  const targets = aliasTargets(document);
  const resolve: Resolve = (node) => (isAlias(node) ? (targets.get(node) ?? null) : (node ?? null));
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

/** What each alias stands for: the anchor of its name that was set last before it. One walk, however many there are. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function syntaxFinding(code: string, message: string, offset: number, line: string): PlacedFinding {
  const at = { offset, path: [] };
  switch (code) {
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
        fix: BARE_REFERENCE.test(line)
          ? `put references into quotes: "\${name}"`
          : 'look for a missing colon, quote, bracket or indentation here or just above',
      };
  }
}

/** To YAML, a brace inside braces or after a comma opens a mapping: `{lr: ${lr}}` is none. */
const BARE_REFERENCE = /[:,[{]\s*\$\{/;

function lineAround(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1, end < 0 ? text.length : end);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The deepest node on the way to `path`, with the key that led there. */
function walk(root: Node | null, resolve: Resolve, path: Path) {
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

function nodeAt(root: Node | null, resolve: Resolve, path: Path): Node | null {
  const found = walk(root, resolve, path);
  return found.complete ? resolve(found.node) : null;
}

function offsetOf(root: Node | null, resolve: Resolve, path: Path, atKey: boolean): number {
  const found = walk(root, resolve, path);
  // A missing key is best shown at the key of the section that lacks it.
  const node = (atKey || !found.complete) && found.key !== null ? found.key : found.node;
  return node?.range?.[0] ?? 0;
}
