/** Place of a message in the history of its group: the messages of one epoch are numbered from 1, without holes. */
export interface Position {
  /** Random text. Positions of different epochs cannot be compared. */
  readonly epoch: string;
  readonly offset: number;
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
