import { SIDES, type Side } from './sides.ts';

/** In which order both are measured: whoever is first in one pair is second in the next. */
export function orderOf(pair: number): readonly Side[] {
  return pair % 2 === 0 ? SIDES : SIDES.toReversed();
}
