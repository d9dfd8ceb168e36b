/**
 * What clients bring, and servers ask for: nothing; a credential that the server does not ask for, which costs what Node
 * takes for one more header; one for a function of the user's; for `jwt`; and for `apiKeys`.
 */
export const KINDS = ['anonymous', 'unread', 'function', 'jwt', 'apiKeys'] as const;
export type Kind = (typeof KINDS)[number];
/** A value for each kind. */
export type ByKind<T> = Readonly<Record<Kind, T>>;

/** A server, and the credential that it knows. */
export interface Target {
  readonly port: number;
  /** Empty: none. */
  readonly credential: string;
}

export function byKind<T>(make: (kind: Kind) => T): ByKind<T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as ByKind<T>;
}
