import { SIDES, type Side } from './sides.ts';

/** Order in which both builds are measured: the first of one pair is the second of the next. */
export function orderOf(pair: number): readonly Side[] {
  return pair % 2 === 0 ? SIDES : SIDES.toReversed();
}
