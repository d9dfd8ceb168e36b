/** The order of what is measured in turn: each of them begins, forwards and backwards. */
export function turned<T>(all: readonly T[], turn: number): readonly T[] {
  const first = Math.floor(turn / 2) % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return turn % 2 === 0 ? order : order.toReversed();
}
