/** What moves, selects or repeats elements. */
import { f32, fed, int64s, type ProbeRow, row } from './row.ts';

const INDICES = fed('int32', [3], [2, 0, 1]);

const gathers: readonly ProbeRow[] = [
  row('Gather', 'float32 by int32', [f32(4, 6), INDICES]),
  row('Gather', 'float32 by int64', [f32(4, 6), fed('int64', [3], [2, 0, 1])]),
  row('Gather', 'axis 1', [f32(4, 6), INDICES], { attributes: { axis: 1 } }),
  row('Gather', 'uint8 by int32', [fed('uint8', [4, 6]), INDICES], { outputs: ['uint8'] }),
  row('Gather', 'int32 by int32', [fed('int32', [4, 6]), INDICES], { outputs: ['int32'] }),
  row('Gather', 'int64 by int32', [fed('int64', [4, 6]), INDICES], { outputs: ['int64'] }),
  row('GatherElements', '', [f32(3, 2), fed('int32', [3, 2], [0, 1, 2, 2, 1, 0])]),
  row('GatherND', '', [f32(4, 6), fed('int64', [2, 2], [0, 1, 3, 5])]),
  row('ScatterElements', 'add', [f32(4, 6), fed('int32', [2, 6], [0, 1, 2, 3, 0, 1, 1, 1, 1, 2, 2, 2]), f32(2, 6)], {
    attributes: { reduction: 'add' },
  }),
  row('ScatterND', 'add', [f32(4, 6), fed('int64', [3, 1], [2, 0, 2]), f32(3, 6)], {
    attributes: { reduction: 'add' },
  }),
  row(
    'OneHot',
    'int32',
    [
      fed('int32', [3], [2, 0, 1]),
      { dtype: 'int32', shape: [], fixed: [4] },
      { dtype: 'float32', shape: [2], fixed: [0, 1] },
    ],
    {},
  ),
];

const shapes: readonly ProbeRow[] = [
  row('Reshape', '', [f32(4, 6), int64s(3, 8)]),
  row('Flatten', '', [f32(2, 3, 4)]),
  row('Squeeze', '', [f32(1, 4, 6), int64s(0)]),
  row('Unsqueeze', '', [f32(4, 6), int64s(0)]),
  row('Transpose', '2-D', [f32(4, 6)], { attributes: { perm: [1, 0] } }),
  row('Transpose', '4-D', [f32(2, 3, 4, 5)], { attributes: { perm: [1, 2, 3, 0] } }),
  row('Transpose', 'uint8', [fed('uint8', [4, 6])], { attributes: { perm: [1, 0] }, outputs: ['uint8'] }),
  row('Expand', '', [f32(1, 6), int64s(4, 6)]),
  row('Tile', '', [f32(2, 3), int64s(2, 2)]),
  row('Concat', '', [f32(4, 6), f32(2, 6)], { attributes: { axis: 0 } }),
  row('Split', '', [f32(4, 6), int64s(2, 4)], { attributes: { axis: 1 }, outputs: ['float32', 'float32'] }),
  row('Slice', '', [f32(4, 6), int64s(1), int64s(5), int64s(1), int64s(2)]),
  row('Slice', 'backwards', [f32(4, 6), int64s(5), int64s(-7), int64s(1), int64s(-1)]),
  row('Pad', '', [f32(4, 6), int64s(1, 0, 2, 1)]),
  row('Pad', 'reflect', [f32(4, 6), int64s(1, 0, 2, 1)], { attributes: { mode: 'reflect' } }),
  row('Trilu', '', [f32(6, 6)]),
  row('DepthToSpace', '', [f32(1, 8, 2, 3)], { attributes: { blocksize: 2 } }),
  row('SpaceToDepth', '', [f32(1, 2, 4, 6)], { attributes: { blocksize: 2 } }),
  row('Resize', 'nearest', [f32(1, 2, 3, 3), null, { dtype: 'float32', shape: [4], fixed: [1, 1, 2, 2] }]),
  row('Col2Im', '', [f32(1, 8, 4), int64s(3, 3), int64s(2, 2)]),
];

export const movingRows: readonly ProbeRow[] = [...gathers, ...shapes];
