/** Pairs of digits side by side; what is asked is their sum. */
import { deriveKey, drawPermutation } from '../../../shared/kernel/random.ts';
import type { Examples } from '../../engine/port.ts';
import { type DataRows, hashRows, inputTypeOf, isStored, type RawDataSet, takeLabels, takeRows } from '../data-set.ts';

/**
 * As many pairs as there are digits: every digit stands once on the left and once on the right, training digits in
 * training pairs and test digits in test pairs. The same digits give the same pairs on every machine.
 */
export async function pairDigits(name: string, digits: RawDataSet<DataRows>): Promise<RawDataSet<DataRows>> {
  const train = pairsOf(digits.train, 'train');
  const test = digits.test === null ? null : pairsOf(digits.test, 'test');
  const classes = Array.from({ length: 19 }, (_, sum) => String(sum));
  return { name, train, test, classes, hash: await hashRows(train, test, classes) };
}

/** Row for row, `left` and `right` say which digits stand there. */
function pairsOf(digits: DataRows, part: 'train' | 'test'): DataRows {
  const pairs = {
    left: drawPermutation(deriveKey('two digits', part, 'left'), digits.rows),
    right: drawPermutation(deriveKey('two digits', part, 'right'), digits.rows),
  };
  if (!isStored(digits)) return sideBySide(takeRows(digits, pairs.left), takeRows(digits, pairs.right));
  const labels = (indices: Int32Array) => takeLabels(digits.labels, digits.rows, indices);
  return {
    shape: pairShape(digits.shape),
    inputType: inputTypeOf(digits),
    rows: digits.rows,
    labels: sums(labels(pairs.left), labels(pairs.right)),
    read: async (indices) =>
      sideBySide(
        await digits.read(indices.map((row) => pairs.left[row]!)),
        await digits.read(indices.map((row) => pairs.right[row]!)),
      ),
  };
}

const pairShape = ([height = 1, width = 1]: readonly number[]): readonly number[] => [height, 2 * width];

const sums = (left: Examples['labels'], right: Examples['labels']): Int32Array =>
  Int32Array.from(left, (label, row) => label + right[row]!);

/** Line by line, the left image's pixels and then the right one's. */
function sideBySide(left: Examples, right: Examples): Examples {
  const [, width = 1] = left.shape;
  const length = 2 * left.features.length;
  const features = left.features instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  for (let from = 0; from < left.features.length; from += width) {
    features.set(left.features.subarray(from, from + width), 2 * from);
    features.set(right.features.subarray(from, from + width), 2 * from + width);
  }
  return { features, shape: pairShape(left.shape), labels: sums(left.labels, right.labels), rows: left.rows };
}
