/** No known name is half as long, and the distance of two long texts is slow to compute. */
const LONGEST = 60;

/** The known name that was probably meant by `name`, or undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  // More than a third of the letters wrong is another word.
  let least = Math.floor(name.length / 3) + 1;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** The Damerau-Levenshtein distance: number of letters added, removed, changed, or swapped with their neighbour. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const cells = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(rows, row - 1, column) + 1,
        (cells[column - 1] as number) + 1,
        at(rows, row - 1, column - 1) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) cost = Math.min(cost, at(rows, row - 2, column - 2) + 1);
      cells.push(cost);
    }
    rows.push(cells);
  }
  return at(rows, from.length, to.length);
}

function at(rows: readonly number[][], row: number, column: number): number {
  return rows[row]?.[column] as number;
}
