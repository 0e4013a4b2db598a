export { type Description, describeValues, medianOf, pairedDiffer } from './describe.ts';
export { betterFirst, type EndedTrial, rankConfigurations, rankStandings, standingOf } from './ranking.ts';
export type { Comparison, Ranking, SeedValue, Standing, StandingState } from './standing.ts';
export { twoSidedP, twoSidedQuantile } from './student-t.ts';
