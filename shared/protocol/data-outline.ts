/** What a trial says of its data in `evaluation.json`: counts alone, so that it costs no time; field names are a contract. */
export interface DataOutline {
  readonly name: string;
  /** SHA-256 (hex) of the contents. */
  readonly hash: string;
  readonly type: 'uint8' | 'float32';
  /** Of one example. */
  readonly shape: readonly number[];
  /** Of a table; null where rows were none. */
  readonly columns: readonly OutlinedColumn[] | null;
  /** What the model's first layer sees of an example, once steps have been applied. */
  readonly prepared_shape: readonly number[];
  /** Null where numbers are predicted. */
  readonly classes: readonly string[] | null;
  readonly parts: readonly {
    readonly part: 'train' | 'val' | 'test';
    readonly rows: number;
    /** Rows of each class; null where numbers are predicted. */
    readonly class_rows: readonly number[] | null;
  }[];
}

export interface OutlinedColumn {
  readonly name: string;
  /** How many a column of categories knows; null of numbers. */
  readonly categories: number | null;
  /** What the first of them are called; missing of numbers, and where an older version wrote the file. */
  readonly category_names?: readonly string[];
}
