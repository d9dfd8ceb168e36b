import { decodeTexts, encodeTexts } from '../texts.ts';
import type { Transact } from './transaction.ts';

/**
 * Makes transactions whose values may have any texts, which come back exactly as they were given. A text within JSON is
 * not seen: give lists of PostgreSQL instead.
 */
export function withAnyTexts(transact: Transact): Transact {
  return (work) =>
    transact((transaction) =>
      work({
        query: async (text, values = []) => decodeTexts(await transaction.query(text, encodeTexts(values))),
        run: (text, values = []) => transaction.run(text, encodeTexts(values)),
      }),
    );
}
