/** Place of a message in the history of its group: the messages of one epoch are numbered from 1, without holes. */
export interface Position {
  /** Random text. Positions of different epochs cannot be compared. */
  readonly epoch: string;
  readonly offset: number;
}

/** Place of a message in the history of this group. */
export interface GroupPosition {
  readonly group: string;
  readonly position: Position;
}

/** Headers of a message that has a place in a history, for clients that ask for positions. */
export interface PositionHeaders {
  /** Name of the group. */
  readonly 'sb-g': string;
  /** The position as a text. */
  readonly 'sb-p': string;
}

/** Whether a request asks for the positions of messages. @param values All values of its query key `positions`. */
export function asksForPositions(values: readonly string[]): boolean {
  return values.join(',') === '1';
}

export function positionHeaders({ group, position }: GroupPosition): PositionHeaders {
  return { 'sb-g': group, 'sb-p': positionText(position) };
}

/** A position as a text, as it stands in the header `sb-p` of a message: `EPOCH:OFFSET`. */
export function positionText({ epoch, offset }: Position): string {
  return `${epoch}:${offset}`;
}

/** Reads what `positionText` has written. undefined: it is no position. */
export function readPosition(text: string): Position | undefined {
  const colon = text.lastIndexOf(':');
  const offset = Number(text.slice(colon + 1));
  if (colon < 1 || !/^\d{1,16}$/.test(text.slice(colon + 1)) || !Number.isSafeInteger(offset)) return undefined;
  return { epoch: text.slice(0, colon), offset };
}
