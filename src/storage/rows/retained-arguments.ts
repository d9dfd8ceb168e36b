import type { Kept } from '../retained.ts';
import { fields, moment, optional, wholeNumber } from './checked-arguments.ts';

/** Reads which rows stay when old ones are deleted. */
export const KEPT_ROWS = fields<Kept>({ since: optional(moment), count: optional(wholeNumber(0)) });
