import { describe, expect, it } from 'vitest';
import { auditLines } from '../../../cli/verbs/audit.ts';
import type { AuditReport } from '../../../shared/view/index.ts';

const report = (changes: Partial<AuditReport>): AuditReport => ({
  sweep: 'small-1a2b3c4d',
  planned: 8,
  done: 8,
  diverged: 0,
  failed: 0,
  pruned: 0,
  cancelled: 0,
  pending: 0,
  duplicates: 0,
  ok: true,
  problems: [],
  ...changes,
});

describe('the words of an audit', () => {
  it('sums up what was planned', () => {
    expect(auditLines(report({ done: 7, failed: 1 }), true, [])).toEqual([
      'sweep small-1a2b3c4d: planned 8 = done 7 + failed 1 + pruned 0 + cancelled 0 + pending 0; duplicates 0',
      'ok: every trial was counted exactly once',
    ]);
  });

  it('says which of those done diverged, as status does', () => {
    const [sum] = auditLines(report({ diverged: 3 }), true, []);
    expect(sum).toContain('planned 8 = done 8 (5 completed + 3 diverged) + failed 0');
  });

  it('says what is wrong, and what is only not over', () => {
    const wrong = 't000001: counted more than once';
    expect(auditLines(report({ ok: false }), false, [wrong]).slice(1)).toEqual([`  ${wrong}`, 'not ok: see above']);
    const lines = auditLines(report({ done: 6, pending: 2, ok: false }), false, []);
    expect(lines.at(-1)).toBe('not ok yet: 2 trials pending');
  });
});
