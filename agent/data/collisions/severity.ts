/**
 * How badly somebody was hurt, as the police of Los Angeles writes it among the "MO codes" of a collision: 3024 severe
 * injury, 3025 visible injury, 3026 complaint of injury, 3027 fatal injury, 3028 nobody injured.
 */

export type Severity = 'none' | 'injury' | 'severe';

/** The worst first: one report may have several. */
const BY_CODE: readonly (readonly [code: string, severity: Severity])[] = [
  ['3027', 'severe'],
  ['3024', 'severe'],
  ['3025', 'injury'],
  ['3026', 'injury'],
  ['3028', 'none'],
];

/** What met what is 3001 to 3023; then hit and run (felony, misdemeanor) and at an intersection or not. */
const LAST_KIND = 3023;
const REMARKS = [3029, 3030, 3036, 3037];

const codesOf = (moCodes: string) => moCodes.split(/[\s,]+/).filter((code) => code !== '');

/** The worst that the codes say, which are separated by blanks; null where they say nothing of it. */
export function severityOfCodes(moCodes: string): Severity | null {
  const codes = new Set(codesOf(moCodes));
  return BY_CODE.find(([code]) => codes.has(code))?.[1] ?? null;
}

/**
 * The codes that the generated table has, too, each once and in ascending order; without them a report would be one of
 * thousands of categories, and the codes of severity would give the answer away.
 */
export function circumstancesOfCodes(moCodes: string): string {
  const kept = codesOf(moCodes).filter((code) => {
    if (!/^\d{4}$/.test(code)) return false;
    const number = Number(code);
    return (number > 3000 && number <= LAST_KIND) || REMARKS.includes(number);
  });
  return [...new Set(kept)].toSorted().join(' ');
}
