// Who may import whom; docs/architecture.md says why. `npm run check:layers` runs it.

const pure =
  '^(coordinator/core|agent/core|dashboards/terminal/core|agent/engine/(?!run/|tfjs/|index)|shared/(kernel/(?!system-clock)|protocol|sweep|stats|view))';
/** Pure computation from Node itself: hashing and assertions touch no machine state. */
const impureBuiltins = '^(?!(node:)?(assert|crypto)$)';

const rule = (name, from, to, comment) => ({ name, severity: 'error', from, to, comment });
const package_ = (names) => `(^|node_modules/)(${names})(/|$)`;

export default {
  forbidden: [
    rule('shared-is-the-floor', { path: '^shared/' }, { path: '^(coordinator|agent|dashboards|cli|bench|test|bin)/' }),
    rule('coordinator-is-a-stranger', { path: '^coordinator/' }, { path: '^(agent|dashboards|cli|bench|test)/' }),
    rule('agent-is-a-stranger', { path: '^agent/' }, { path: '^(coordinator|dashboards|cli|bench|test)/' }),
    rule('dashboards-are-strangers', { path: '^dashboards/' }, { path: '^(coordinator|agent|cli|bench|test)/' }),
    rule(
      'terminal-has-one-door',
      { path: '^cli/' },
      { path: '^dashboards/terminal/', pathNot: '^dashboards/terminal/index' },
    ),
    rule('pure-does-no-io', { path: pure }, { dependencyTypes: ['core'], path: impureBuiltins }),
    rule(
      'pure-uses-no-packages',
      { path: pure, pathNot: '^shared/(protocol|sweep)/' },
      { dependencyTypes: ['npm', 'npm-dev'] },
    ),
    rule('core-never-sees-shell', { path: '/core/' }, { path: '/shell/|^shared/(actor|bus)/' }),
    rule('zod-at-the-edge', { path: '^(?!shared/(protocol|sweep)/|test/)' }, { path: package_('zod') }),
    rule('nats-in-one-place', { path: '^(?!shared/bus/nats/|test/)' }, { path: package_('@nats-io') }),
    rule('ort-in-one-place', { path: '^(?!agent/engine/run/|test/|bench/)' }, { path: package_('onnxruntime-[a-z]+') }),
    rule('tfjs-in-one-place', { path: '^(?!agent/engine/tfjs/|test/|bench/)' }, { path: package_('@tensorflow') }),
    rule('react-in-one-place', { path: '^(?!dashboards/terminal/|test/)' }, { path: package_('ink|react') }),
    rule('d3-in-one-place', { path: '^(?!dashboards/report/)' }, { path: package_('d3-[a-z-]+') }),
    rule('zip-in-one-place', { path: '^(?!agent/data/archive/)' }, { path: package_('yauzl') }),
    rule('sharp-in-one-place', { path: '^(?!agent/data/images/|test/)' }, { path: package_('sharp') }),
    rule('report-does-no-io', { path: '^dashboards/report/' }, { dependencyTypes: ['core'] }),
    rule('grafana-sdk-in-one-place', { path: '^(?!dashboards/grafana/)' }, { path: package_('@grafana') }),
    rule(
      'engine-is-a-library',
      { path: '^agent/engine/' },
      { path: '^(agent/(core|shell|trainers|data)|shared/(protocol|actor|bus))/' },
    ),
    rule(
      'engine-ir-first',
      { path: '^agent/engine/ir/' },
      { path: '^agent/engine/(ops|autodiff|nn|optim|compile|onnx|run)/' },
    ),
    rule(
      'engine-ops-second',
      { path: '^agent/engine/ops/' },
      { path: '^agent/engine/(autodiff|nn|optim|compile|onnx|run)/' },
    ),
    rule(
      'engine-autodiff-third',
      { path: '^agent/engine/autodiff/' },
      { path: '^agent/engine/(nn|optim|compile|onnx|run)/' },
    ),
    rule(
      'engine-compile-before-run',
      { path: '^agent/engine/(nn|optim|onnx|compile)/' },
      { path: '^agent/engine/(run|tfjs)/' },
    ),
    rule('engines-are-strangers', { path: '^agent/engine/run/' }, { path: '^agent/engine/tfjs/' }),
    rule('production-never-imports-test', { path: '^(?!test/)' }, { path: '^test/' }),
    rule('no-cycles', {}, { circular: true }),
    rule('no-orphans', { orphan: true, pathNot: '(\\.d\\.ts$|vitest\\.config\\.ts$)' }, {}),
    rule('resolvable', {}, { couldNotResolve: true }),
    rule('declared-packages-only', { path: '^(?!test/|bench/)' }, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
