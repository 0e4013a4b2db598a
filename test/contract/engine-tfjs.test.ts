import { tmpdir } from 'node:os';
import { verifyExport } from '../../agent/engine/index.ts';
import { createTfjsEngine } from '../../agent/engine/tfjs/engine.ts';
import { describeEngine } from './engine.ts';
import { describeZeroColumns } from './engine-zero-columns.ts';

const createEngine = () => createTfjsEngine({ threads: 1, cacheDir: tmpdir(), use: 'tfjs' });

describeEngine('TensorFlow.js in pure JavaScript', { createEngine, verifyExport });
describeZeroColumns('TensorFlow.js in pure JavaScript', createEngine);
