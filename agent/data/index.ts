export { type DataRows, type DataSet, firstRows, inputTypeOf, readRows } from './data-set.ts';
export { type DataFolders, openData } from './open-data.ts';
export { type DataSummary, type ShownExample, summarizeData } from './summary.ts';
