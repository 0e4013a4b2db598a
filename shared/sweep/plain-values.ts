import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { ParameterValue } from '../protocol/index.ts';
import type { Finding, Path } from './finding.ts';
import { SWEEP_LIMITS } from './limits.ts';

/** A fault whose place in the text is known. */
export interface PlacedFinding extends Finding {
  readonly offset: number;
}

/** The node itself, or the one that an alias names; null where there is none. */
export type Resolve = (node: Node | null | undefined) => Node | null;

type Refuse = (node: Node, path: Path, code: string, message: string, fix: string) => null;

export function tooDeep(offset: number, path: Path): PlacedFinding {
  return {
    offset,
    path,
    code: 'E_SWEEP_SYNTAX',
    message: `nested deeper than ${SWEEP_LIMITS.depth} levels`,
    fix: 'flatten the file',
  };
}

const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Plain JSON data; whatever JSON cannot hold, or an attacker could use, becomes a finding instead. */
export function toPlain(root: Node, resolve: Resolve, findings: PlacedFinding[]): ParameterValue {
  let aliasedNodes = 0;
  const refuse = (node: Node, path: Path, code: string, message: string, fix: string): null => {
    if (findings.length < SWEEP_LIMITS.findings)
      findings.push({ offset: node.range?.[0] ?? 0, path, code, message, fix });
    return null;
  };
  const visit = (written: Node, path: Path, aliased: boolean): ParameterValue => {
    const inAlias = aliased || isAlias(written);
    if (inAlias && ++aliasedNodes > SWEEP_LIMITS.aliasedNodes) {
      if (aliasedNodes > SWEEP_LIMITS.aliasedNodes + 1) return null;
      const message = `aliases expand to more than ${SWEEP_LIMITS.aliasedNodes} values`;
      return refuse(written, [], 'E_SWEEP_ALIAS_LIMIT', message, 'write the values out, or use fewer aliases');
    }
    if (path.length > SWEEP_LIMITS.depth) {
      if (inAlias) {
        aliasedNodes = Number.POSITIVE_INFINITY;
        const message = `aliases nest deeper than ${SWEEP_LIMITS.depth} levels, as one that holds itself does`;
        return refuse(written, [], 'E_SWEEP_ALIAS_LIMIT', message, 'write the values out');
      }
      findings.push(tooDeep(written.range?.[0] ?? 0, path.slice(0, 3)));
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
      if (Object.hasOwn(plain, key)) {
        const message = `the key "${key}" stands here a second time`;
        refuse((pair.key as Node | null) ?? node, [], 'E_SWEEP_DUP_KEY', message, 'keep one of the two');
        continue;
      }
      plain[key] = pair.value === null ? null : visit(pair.value as Node, [...path, key], inAlias);
    }
    return plain;
  };
  return visit(root, [], false);
}

/** A key as text, whatever scalar it is written as. */
export function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

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
