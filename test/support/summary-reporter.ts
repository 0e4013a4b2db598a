import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with one plain line that any tool can read: `123 passed, 0 failed, 2 skipped`. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: 'passed' | 'failed' | 'skipped') =>
      tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length;
    const failed = count('failed') + broken + errors.length;
    const line = `${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`;
    process.once('exit', () => process.stdout.write(line));
  }
}
