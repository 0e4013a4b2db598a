/** `torch.nn.Dropout`: inverted scaling, off outside training. The rate is an input of the graph. */
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import type { Value } from '../ir/types.ts';
import { arithmeticUniforms } from './arithmetic-random.ts';
import { draw32Nodes, elementWords, uniformFromWords } from './counter-random.ts';
import type { LayerDef, TrainingInputs } from './layer.ts';
import { inLayout } from './layout.ts';

type DropoutConfig = Extract<LayerConfig, { type: 'dropout' }>;

const rateName = (name: string): string => `${name}.rate`;
const keyCauses = (name: string): readonly (string | number)[] => ['dropout', name];

/**
 * The mask depends on (seed, layer, step, element) and nothing else, so a resumed run draws the same one. The layer's
 * key comes in as an input; `draw32` of it at the step is the key of the step's elements.
 */
export const dropout: LayerDef<DropoutConfig> = {
  settles: null,
  parameters: () => [],
  hyper: (config, name) => ({ [rateName(name)]: config.rate }),
  keys: (_, name) => [keyCauses(name)],

  build: ({ b, training }, { name, layout }, given) => {
    const input = inLayout(b, given, layout);
    if (training === null) return input;
    const { value } = input;
    const kept = b.op('GreaterOrEqual', [uniform(training), training.hyper(rateName(name))]);
    const mask = b.op('Cast', [kept], { to: value.dtype });
    const keepShare = b.op('Sub', [b.scalar(value.dtype, 1), training.hyper(rateName(name))]);
    const factor = b.op('Div', [mask, keepShare]);
    return { ...input, value: b.op('Mul', [value, factor]) };

    function uniform({ key, step, bitOps }: TrainingInputs): Value {
      if (!bitOps) return arithmeticUniforms(b, key(keyCauses(name)), step(), value.shape);
      const stepKey = draw32Nodes(b, key(keyCauses(name)), step());
      return uniformFromWords(b, elementWords(b, stepKey, value.shape));
    }
  },
};
