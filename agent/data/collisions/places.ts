/** Words of the generated collisions, with how often each is drawn. */

/** A word (or code) and its weight. */
export type Weighted<T> = readonly (readonly [T, number])[];

/** The 21 areas of Los Angeles' police, numbered in this order. */
export const AREAS: Weighted<string> = [
  ['Central', 5],
  ['Rampart', 4],
  ['Southwest', 6],
  ['Hollenbeck', 4],
  ['Harbor', 4],
  ['Hollywood', 4],
  ['Wilshire', 6],
  ['West LA', 6],
  ['Van Nuys', 5],
  ['West Valley', 5],
  ['Northeast', 4],
  ['77th Street', 7],
  ['Newton', 5],
  ['Pacific', 5],
  ['N Hollywood', 6],
  ['Foothill', 4],
  ['Devonshire', 5],
  ['Southeast', 5],
  ['Mission', 5],
  ['Olympic', 5],
  ['Topanga', 5],
];

export const PREMISES: Weighted<readonly [code: string, description: string]> = [
  [['101', 'STREET'], 80],
  [['102', 'SIDEWALK'], 4],
  [['103', 'ALLEY'], 2],
  [['104', 'DRIVEWAY'], 3],
  [['108', 'PARKING LOT'], 8],
  [['', ''], 3],
];

export const SEXES: Weighted<string> = [
  ['M', 54],
  ['F', 38],
  ['X', 5],
  ['H', 0.3],
  ['N', 0.2],
  ['', 2.5],
];

export const DESCENTS: Weighted<string> = [
  ['H', 38],
  ['W', 24],
  ['B', 16],
  ['O', 9],
  ['A', 5],
  ['X', 4],
  ['K', 1],
  ['C', 0.4],
  ['-', 0.3],
  ['', 2.3],
];

/** What drives into what; severity depends on it. Codes of the kind that the police writes, without those of severity. */
export const KINDS = [
  { code: '3004', weight: 64, injury: 1, severe: 0.6 },
  { code: '3003', weight: 9, injury: 4, severe: 5 },
  { code: '3008', weight: 6, injury: 3, severe: 2.5 },
  { code: '3011', weight: 11, injury: 0.6, severe: 1.2 },
  { code: '3006', weight: 10, injury: 0.25, severe: 0.2 },
] as const;

/** What else is written about a collision, with how often. */
export const REMARKS: Weighted<string> = [
  ['', 50],
  ['3030', 18],
  ['3029', 6],
  ['3036', 16],
  ['3037', 10],
];

export const STREETS = [
  'ADAMS BL',
  'ALAMEDA ST',
  'BROADWAY',
  'CENTRAL AV',
  'FIGUEROA ST',
  'HOOVER ST',
  'MAIN ST',
  'NORMANDIE AV',
  'OLYMPIC BL',
  'PICO BL',
  'ROSCOE BL',
  'SEPULVEDA BL',
  'SHERMAN WY',
  'SUNSET BL',
  'VENICE BL',
  'VERMONT AV',
  'VICTORY BL',
  'WESTERN AV',
] as const;
