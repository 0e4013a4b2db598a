/** Layers that work on features, wherever those stand. */
import type { DenseConfig, EmbeddingConfig } from '../../sweep/train.ts';
import { checkWeights, checkWhole, type ExampleShape, elementsOf, type Refuse, shapeText } from '../example-shape.ts';

export function denseShape({ units }: DenseConfig, inputShape: ExampleShape, refuse: Refuse): ExampleShape {
  checkWhole({ units }, 1, refuse);
  checkWeights(elementsOf(inputShape) * units, inputShape, [units], refuse);
  return [units];
}

export function dropoutShape(rate: number, inputShape: ExampleShape, refuse: Refuse): ExampleShape {
  if (rate >= 0 && rate < 1) return inputShape;
  const fix = 'give the share of activations to drop, from 0 up to but not including 1';
  throw refuse('E_MODEL_RATE', `has the rate ${rate}`, fix);
}

/** Its input is indices, which only the data set has: it comes first. */
export function embeddingShape(
  { numEmbeddings, embeddingDim }: EmbeddingConfig,
  inputShape: ExampleShape,
  name: string,
  refuse: Refuse,
): ExampleShape {
  checkWhole({ num_embeddings: numEmbeddings, embedding_dim: embeddingDim }, 1, refuse);
  if (name !== '0') {
    throw refuse(
      'E_MODEL_PLACE',
      'is not the first layer',
      'an embedding looks up the whole numbers of the data itself',
    );
  }
  if (inputShape.length !== 1) {
    const message = `needs features [n], but is given ${shapeText(inputShape)}`;
    throw refuse('E_MODEL_SHAPE', message, 'use it on data whose rows are lists of whole numbers');
  }
  const output = [...inputShape, embeddingDim];
  checkWeights(numEmbeddings * embeddingDim, inputShape, output, refuse);
  return output;
}
