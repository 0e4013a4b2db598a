import { expect, it } from 'vitest';
import { verifyExport } from '../../agent/engine/index.ts';
import { createTfjsEngine } from '../../agent/engine/tfjs/engine.ts';
import { cacheDir, missingTfjsNode } from '../support/tfjs-node.ts';
import { describeEngine } from './engine.ts';
import { describeZeroColumns } from './engine-zero-columns.ts';

const createEngine = () => createTfjsEngine({ threads: 1, cacheDir, use: 'tfjs-node' });

it.skipIf(missingTfjsNode !== null)(`loads libtensorflow (${missingTfjsNode ?? 'installed'})`, async () => {
  const { identity } = await createEngine();
  expect(identity).toMatchObject({ engine: 'tfjs', provider: 'tensorflow', threads: 1 });
  expect(identity.version).toBe('4.22.0 (libtensorflow 2.15.1)');
});

if (missingTfjsNode === null) {
  describeEngine('TensorFlow.js on libtensorflow', { createEngine, verifyExport });
  describeZeroColumns('TensorFlow.js on libtensorflow', createEngine);
}
