/** `torch.nn.Flatten`: all features of an example in one row, in C order. */
import { type LayerDef, NOTHING_LEARNED } from './layer.ts';
import { flattened, inLayout } from './layout.ts';

export const flatten: LayerDef<{ readonly type: 'flatten' }> = {
  ...NOTHING_LEARNED,
  settles: null,
  build: ({ b }, { layout }, input) => inLayout(b, flattened(b, input), layout),
};
