/**
 * House rules a tool can see. Each exception names its reason; an exception that is no longer needed fails, so the list
 * only shrinks.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const sources = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file));
const production = sources.filter((file) => !file.startsWith('test/'));
const text = (file: string) => readFileSync(join(root, file), 'utf8');

const LINE_LIMIT = 300;
/** Tables of data may be longer than the limit, by name. */
const longFiles: readonly string[] = [];

/** Lines that hold code: not blank, not only a comment. */
function codeLines(file: string): number {
  let inBlock = false;
  return text(file)
    .split('\n')
    .filter((line) => {
      const trimmed = line.trim();
      if (inBlock) {
        if (trimmed.includes('*/')) inBlock = false;
        return false;
      }
      if (trimmed.startsWith('/*')) {
        inBlock = !trimmed.includes('*/');
        return false;
      }
      return trimmed !== '' && !trimmed.startsWith('//');
    }).length;
}

describe('tidy', () => {
  it('files stay below the line limit', () => {
    const over = sources.filter((file) => codeLines(file) > LINE_LIMIT);
    expect(over).toEqual([...longFiles]);
  });

  it('files are named for what they hold', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/;
    const component = /^[A-Z][A-Za-z0-9]*\.tsx$/;
    const wrong = sources.filter((file) => {
      const name = basename(file);
      if (component.test(name)) return false;
      return !kebab.test(basename(name, extname(name))) || /\b(utils?|helpers?|manager|misc|common)\b/.test(name);
    });
    expect(wrong.filter((file) => !basename(file).startsWith('.'))).toEqual([]);
  });

  it('modules export by name, never a star or a default', () => {
    const exempt = new Set(['vitest.config.ts', 'test/support/build-once.ts', '.dependency-cruiser.mjs']);
    const wrong = sources.filter((file) => !exempt.has(file) && /^export (\* from|default )/m.test(text(file)));
    expect(wrong).toEqual([]);
  });

  it('pure folders use no clock, chance, timers or process state', () => {
    const pure =
      /^(coordinator\/core|agent\/core|dashboards\/terminal\/core|agent\/engine\/(?!run\/|tfjs\/|index)|shared\/(kernel\/(?!system-clock)|protocol|sweep|stats|view))/;
    const impure =
      /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.|console\.|fetch\()/;
    const wrong = production
      .filter((file) => pure.test(file))
      .filter((file) => impure.test(text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')));
    expect(wrong).toEqual([]);
  });

  it('tests wait on conditions, never on sleeps, and none is left out or alone', () => {
    const tests = sources.filter((file) => /\.test\.tsx?$/.test(file) && file !== 'test/tidy.test.ts');
    expect(tests.filter((file) => /\b(it|describe|test)\.(only|todo)\b/.test(text(file)))).toEqual([]);
    expect(tests.filter((file) => /await (sleep|delay)\(/.test(text(file)))).toEqual([]);
  });

  it('every file ends with one newline and holds no trailing blanks or tabs', () => {
    const readable = files.filter(
      (file) => /\.(ts|tsx|mjs|md|yml|yaml|json)$/.test(file) && !file.includes('fixtures/'),
    );
    const wrong = readable.filter((file) => {
      const content = text(file);
      return !content.endsWith('\n') || content.endsWith('\n\n') || /[ \t]+$/m.test(content) || content.includes('\t');
    });
    expect(wrong).toEqual([]);
  });

  it('no large or binary file is committed', () => {
    const allowed = /\.(png|svg)$/;
    const large = files.filter((file) => statSync(join(root, file)).size > 512 * 1024 && file !== 'package-lock.json');
    expect(large).toEqual([]);
    const binary = files.filter(
      (file) => !allowed.test(file) && !file.includes('fixtures/') && text(file).includes('\0'),
    );
    expect(binary).toEqual([]);
  });

  it('every production dependency has a line in docs/dependencies.md', () => {
    const manifest = JSON.parse(text('package.json')) as Record<string, Record<string, string>>;
    const page = text('docs/dependencies.md');
    const names = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.devDependencies ?? {})];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('every relative link of a page leads to a file', () => {
    const pages = files.filter((file) => file.endsWith('.md'));
    const broken = pages.flatMap((page) =>
      [...text(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target = '']) => join(dirname(page), target))
        .filter((target) => !existsSync(join(root, target))),
    );
    expect(broken).toEqual([]);
  });
});
