/** The `train.data` section as trainers find it: where rows come from, and what is done to them before a model sees them. */

export type DataFormat = 'csv' | 'tsv' | 'npz' | 'npy' | 'images';

/** `ignore`: the column is not used. */
export type ColumnType = 'number' | 'category' | 'ignore';

/** Rows that a person brings: where their bytes are, and how to read them. */
export interface DataFile {
  /** Beside the sweep file, or in an agent's data folder. */
  readonly path?: string;
  readonly url?: string;
  /** SHA-256 (hex) of the contents; filled in when the sweep is submitted. */
  readonly sha256?: string;
  readonly format: DataFormat;
  /** Of a table: the column to predict. */
  readonly target?: string;
  readonly predict: 'classes' | 'numbers';
  /** Types of columns that are not to be found out from their cells. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly delimiter?: string;
  readonly header?: boolean;
}

/** Columns that a step is for; absent: all that it can be applied to. */
interface ForColumns {
  readonly columns?: readonly string[];
}

/** What is done to rows before a model sees them; statistics are those of the training rows. */
export type PrepareStep =
  /** Cells of number columns that are no numbers, and cells equal to one of `values`, become missing. */
  | ({ readonly type: 'coerce'; readonly values: readonly (string | number)[] } & ForColumns)
  /** A row goes where any of these holds in any of the columns. */
  | ({
      readonly type: 'drop_rows';
      readonly missing: boolean;
      readonly equals: readonly (string | number)[];
      readonly below?: number;
      readonly above?: number;
    } & ForColumns)
  | ({ readonly type: 'impute'; readonly strategy: 'mean' | 'median' | 'mode' | 'backward_fill' } & ForColumns)
  | ({ readonly type: 'impute'; readonly strategy: 'constant'; readonly value: string | number } & ForColumns)
  | ({ readonly type: 'standardize' } & ForColumns)
  | ({ readonly type: 'min_max' } & ForColumns)
  | ({ readonly type: 'encode'; readonly method: 'one_hot' | 'label' } & ForColumns)
  /** (x - mean) / sd of images, after `scale`; a number, or one per channel. */
  | { readonly type: 'normalize'; readonly mean: number | readonly number[]; readonly sd: number | readonly number[] }
  /** Training rows of rarer classes are repeated (`random`) or made up between neighbours (`smote`) until all are equal. */
  | { readonly type: 'oversample'; readonly method: 'random' }
  | { readonly type: 'oversample'; readonly method: 'smote'; readonly neighbors: number }
  /** Training images change anew in every epoch. */
  | {
      readonly type: 'augment';
      readonly flip: 'none' | 'horizontal' | 'vertical' | 'both';
      /** Pixels, at most, in both directions. */
      readonly shift: number;
      /** Degrees, at most, in both directions. */
      readonly rotate: number;
    };

export interface DataConfig {
  /** A data set that Sower draws or knows (a key of `DATA_SETS`); of a file, what it is called in results. */
  readonly name: string;
  /** Null where `name` says all. */
  readonly file: DataFile | null;
  /** Height and width that images are brought to, where the data has no size of its own. */
  readonly size?: readonly [height: number, width: number];
  /** Of an image; 1 is grey. */
  readonly channels?: 1 | 3;
  /** Class indices whose rows are used, numbered anew in this order. Default: all. */
  readonly classes?: readonly number[];
  /**
   * Rows (or, below 1, shares) of each part; what is left out of all is unused. Default: all train. `test` only where the
   * data has no test rows of its own. `stratified`: each part holds the classes in the shares of the whole.
   */
  readonly split: {
    readonly train?: number;
    readonly validation?: number;
    readonly test?: number;
    readonly stratified?: boolean;
    /** Another one puts other rows into the parts. */
    readonly seed?: number;
  };
  /** Pixel scaling inside the graph: `unit` = x / 255, `none` = raw values. Default `unit` for uint8 images. */
  readonly scale: 'unit' | 'none';
  /** In the order in which they apply. */
  readonly prepare: readonly PrepareStep[];
}
