/**
 * A table that was never observed: collisions as the City of Los Angeles publishes them ("Traffic Collision Data from 2010
 * to Present"), with the same columns and the faults of reports typed from paper, and a severity that depends on the rest
 * by rules of our own. Only sums, products and quotients are taken, which are the same on every machine.
 */
import { deriveKey, drawUniform } from '../../../shared/kernel/random.ts';
import { AREAS, DESCENTS, KINDS, PREMISES, REMARKS, SEXES, STREETS, type Weighted } from './places.ts';

export const COLLISION_ROWS = 8_000;

const HEADER = [
  'DR Number',
  'Date Reported',
  'Date Occurred',
  'Time Occurred',
  'Area ID',
  'Area Name',
  'Reporting District',
  'Crime Code',
  'Crime Code Description',
  'MO Codes',
  'Victim Age',
  'Victim Sex',
  'Victim Descent',
  'Premise Code',
  'Premise Description',
  'Address',
  'Cross Street',
  'Location',
  'Severity',
] as const;

/** The whole table as CSV. */
export function drawCollisions(rows = COLLISION_ROWS): string {
  const keys = new Map<string, number>();
  const keyOf = (purpose: string) => {
    const key = keys.get(purpose) ?? deriveKey('collisions', purpose);
    keys.set(purpose, key);
    return key;
  };
  const lines = Array.from({ length: rows }, (_, row) =>
    collision(row, (purpose) => drawUniform(keyOf(purpose), row))
      .map(quoted)
      .join(','),
  );
  return `${[HEADER.join(','), ...lines].join('\n')}\n`;
}

const quoted = (cell: string) => (cell.includes(',') ? `"${cell}"` : cell);

/** The numbers of one row, each asked for by what it is for. */
type Draw = (purpose: string) => number;

function collision(row: number, draw: Draw): readonly string[] {
  const among = <T>(purpose: string, all: Weighted<T>) => chosen(all, draw(purpose));
  const minutes = minutesOfDay(draw);
  const kind = chosen(
    KINDS.map((known) => [known, known.weight] as const),
    draw('kind'),
  );
  const age = Math.floor(16 + 74 * draw('age') * (0.4 + 0.6 * draw('age too')));
  const remark = among('remark', REMARKS);
  const [premiseCode, premise] = among('premise', PREMISES);
  const area = among('area', AREAS);
  const areaId = AREAS.findIndex(([name]) => name === area) + 1;
  const severity = severityOf({ draw, hour: minutes / 60, age, kind, remark, premise });
  const [year, day] = [2010 + Math.floor(10 * draw('year')), Math.floor(365 * draw('day'))];
  const district = areaId * 100 + Math.floor(99 * draw('district'));
  const street = () => STREETS[Math.floor(STREETS.length * draw('street'))]!;
  const cross = draw('cross') < 0.05 ? '' : STREETS[Math.floor(STREETS.length * draw('cross street'))]!;
  return [
    `${year % 100 < 10 ? '0' : ''}${year % 100}${areaId < 10 ? '0' : ''}${areaId}${100_000 + row}`.slice(0, 10),
    dateText(year, Math.min(364, day + Math.floor(3 * draw('days until report')))),
    dateText(year, day),
    String(Math.floor(minutes / 60) * 100 + (minutes % 60)),
    String(areaId),
    area,
    String(district),
    '997',
    'TRAFFIC COLLISION',
    remark === '' ? kind.code : `${kind.code} ${remark}`,
    writtenAge(age, draw('age as written')),
    among('sex', SEXES),
    among('descent', DESCENTS),
    premiseCode,
    premise,
    `${100 * Math.floor(1 + 120 * draw('block'))} ${street()}`,
    cross,
    draw('located') < 0.01
      ? '(0.0, 0.0)'
      : `(${(33.75 + 0.55 * draw('latitude')).toFixed(4)}, ${(-118.65 + 0.45 * draw('longitude')).toFixed(4)})`,
    severity,
  ];
}

function chosen<T>(all: Weighted<T>, drawn: number): T {
  let left = drawn * all.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of all) {
    left -= weight;
    if (left < 0) return value;
  }
  return all.at(-1)![0];
}

/** More in the afternoon than at night. */
function minutesOfDay(draw: Draw): number {
  const spread = draw('part of day') < 0.25 ? 24 * draw('hour') : 7 + 12 * (draw('hour') + draw('hour too')) * 0.5;
  return Math.floor(60 * (spread >= 24 ? spread - 24 : spread));
}

interface Circumstances {
  readonly draw: Draw;
  readonly hour: number;
  readonly age: number;
  readonly kind: (typeof KINDS)[number];
  readonly remark: string;
  readonly premise: string;
}

/**
 * Odds, multiplied: what meets what, the hour, the very young and the old, and a place where nobody drives fast. Rush hours
 * are slow, and the dark is worst on foot and for the young: much acts only together or in the middle of a range, so that
 * a linear model sees a part of it.
 */
function severityOf({ draw, hour, age, kind, remark, premise }: Circumstances): string {
  const isDark = hour < 6 || hour >= 20;
  const isRush = (hour >= 7 && hour < 10) || (hour >= 15.5 && hour < 18.5);
  const onFoot = kind.code === '3003' || kind.code === '3008';
  const fromMiddle = (age - 40) / 16;
  const frailty = 0.4 + fromMiddle * fromMiddle;
  let [injury, severe] = [0.8 * kind.injury, 0.14 * kind.severe];
  if (isRush && !onFoot) [injury, severe] = [injury * 0.35, severe * 0.15];
  if (isDark) [injury, severe] = onFoot ? [injury, severe * 9] : [injury * 2, severe * 2.5];
  if (isDark && age < 28 && !onFoot) severe *= 5;
  [injury, severe] = onFoot ? [injury, severe * frailty] : [injury * frailty, severe * frailty];
  if (premise === 'PARKING LOT' || premise === 'DRIVEWAY') [injury, severe] = [injury * 0.2, severe * 0.1];
  if (remark === '3030') [injury, severe] = [injury * 0.25, severe * 0.1];
  if (remark === '3029') [injury, severe] = [injury * 6, severe * 6];
  return chosen(
    [
      ['none', 1],
      ['injury', injury],
      ['severe', severe],
    ],
    draw('severity'),
  );
}

/** As it stands in reports: left out, 99 for unknown, 0, or a word. */
function writtenAge(age: number, drawn: number): string {
  if (drawn < 0.13) return '';
  if (drawn < 0.17) return '99';
  if (drawn < 0.175) return '0';
  return drawn < 0.178 ? 'UNK' : String(age);
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** The day of a year, from 0; the table knows no leap years. */
function dateText(year: number, day: number): string {
  let [month, left] = [0, day];
  for (const days of DAYS) {
    if (left < days) break;
    left -= days;
    month++;
  }
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(month + 1)}/${two(left + 1)}/${year}`;
}
