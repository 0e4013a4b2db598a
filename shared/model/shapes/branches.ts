import type { BranchesConfig } from '../../sweep/train.ts';
import { type ExampleShape, type Refuse, shapeText } from '../example-shape.ts';

/** What branches with these outputs give together: `add` needs equal ones, `concat` joins along the first axis. */
export function joinedShape(
  type: BranchesConfig['type'],
  outputs: readonly ExampleShape[],
  refuse: Refuse,
): ExampleShape {
  const [first, ...others] = outputs;
  if (first === undefined) throw refuse('E_MODEL_BRANCHES', 'has no branches', 'give it at least two lists of layers');
  const from = type === 'add' ? 0 : 1;
  others.forEach((other, at) => {
    const fits = other.length === first.length && other.slice(from).every((dim, axis) => dim === first[axis + from]);
    if (fits) return;
    const message = `joins ${shapeText(first)} of branch 0 with ${shapeText(other)} of branch ${at + 1}`;
    const fix =
      type === 'add' ? 'make all branches end in the same shape' : 'make all branches end in the same height and width';
    throw refuse('E_MODEL_SHAPE', message, fix);
  });
  if (type === 'add') return first;
  return [outputs.reduce((channels, [own = 0]) => channels + own, 0), ...first.slice(1)];
}
