/** Outcome of a question to another node, as it is sent. */
export const Status = {
  Done: 0,
  /** With the text of a `HubError`. */
  Refused: 1,
  /** The other node does not know the question: it has another version, or another set of hubs. */
  Unknown: 2,
  Failed: 3,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

const STATUSES: readonly unknown[] = Object.values(Status);

export function isStatus(value: unknown): value is Status {
  return STATUSES.includes(value);
}
