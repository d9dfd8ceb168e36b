const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A text of so many letters that no database can make much shorter. Another seed makes another one. */
export function longText(length: number, seed: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    // The generator of random numbers of Numerical Recipes. Its high bits are the good ones.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return LETTERS[state >>> 26];
  }).join('');
}
