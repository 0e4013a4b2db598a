export { augmentedRows } from './augment/augmented-rows.ts';
export { type DataRows, type DataSet, firstRows, inputTypeOf, readRows } from './data-set.ts';
export { type DataFolders, type DataMeasure, measureData, openData, openStored } from './open-data.ts';
export { type DataSummary, type ShownExample, summarizeData } from './summary.ts';
export { describeUntrained } from './untrained-classes.ts';
