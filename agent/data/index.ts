export { type DataSet, firstRows } from './data-set.ts';
export { type DataFolders, openData } from './open-data.ts';
