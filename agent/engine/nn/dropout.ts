/** `torch.nn.Dropout`: inverted scaling, off outside training. The rate is an input of the graph. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import type { Value } from '../ir/types.ts';
import { draw32Nodes, elementWords, uniformFromWords } from './counter-random.ts';
import type { LayerDef, TrainingInputs } from './layer.ts';

type DropoutConfig = Extract<LayerConfig, { type: 'dropout' }>;

const rateName = (index: number): string => `${index}.rate`;
const keyCauses = (index: number): readonly (string | number)[] => ['dropout', index];

/**
 * The mask depends on (seed, layer, step, element) and nothing else, so a resumed run draws the same one. The layer's
 * key comes in as an input; `draw32` of it at the step is the key of the step's elements.
 */
export const dropout: LayerDef<DropoutConfig> = {
  settles: null,

  outputShape: (config, inputShape, index) => {
    if (!(config.rate >= 0 && config.rate < 1)) {
      throw new SowerError('E_MODEL_RATE', `layer ${index} (dropout) has the rate ${config.rate}`, {
        fix: 'give the share of activations to drop, from 0 up to but not including 1',
      });
    }
    return inputShape;
  },

  parameters: () => [],
  hyper: (config, index) => ({ [rateName(index)]: config.rate }),
  keys: (_, index) => [keyCauses(index)],

  build: ({ b, training }, { index }, input) => {
    if (training === null) return input;
    const { value } = input;
    const kept = b.op('GreaterOrEqual', [uniform(training), training.hyper(rateName(index))]);
    const mask = b.op('Cast', [kept], { to: value.dtype });
    const keepShare = b.op('Sub', [b.scalar(value.dtype, 1), training.hyper(rateName(index))]);
    const factor = b.op('Div', [mask, keepShare]);
    return { ...input, value: b.op('Mul', [value, factor]) };

    function uniform({ key, step }: TrainingInputs): Value {
      const stepKey = draw32Nodes(b, key(keyCauses(index)), step);
      return uniformFromWords(b, elementWords(b, stepKey, value.shape));
    }
  },
};
