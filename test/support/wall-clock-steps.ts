/** Steps of a wall clock that a server has to survive, in milliseconds: corrections, and a clock that began in 1970. */
export const WALL_CLOCK_STEPS = {
  'an hour forward': 3_600_000,
  '56 years forward': Date.UTC(2026, 0, 1),
  'an hour back': -3_600_000,
  '56 years back': -Date.UTC(2026, 0, 1),
};
