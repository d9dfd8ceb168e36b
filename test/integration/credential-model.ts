// When which credential is good: the simple truth that a server is compared with.

/** Milliseconds within which the end of a credential has to be known. */
export const PROMISED_MS = 2_000;

/** What is done by another process is heard of later, and so is the end of an overlap. */
export type Why = 'expired' | 'revoked here' | 'ended in the store';

/** A moment of the wall clock from which on a credential is not good. */
export interface Over {
  readonly at: number;
  readonly why: Why;
}

/** A token, or one secret of an API key. */
export interface Credential {
  readonly secret: string;
  readonly userId: string;
  readonly credentialId: string;
  /** undefined: nobody knows. */
  readonly issuedAt: number | undefined;
  /** undefined: a token. */
  readonly keyId: string | undefined;
  /** Until then it may be refused: a server may not have heard yet that another one has given a key a new secret. */
  readonly knownAt: number;
  readonly overs: Over[];
}

/** The first end of a credential; undefined: it is good. */
export function overOf({ overs }: Credential, now: number): Over | undefined {
  return overs.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
}

/** Whether nobody may be let in with it any more. */
export function isOut({ overs }: Credential, now: number): boolean {
  return overs.some(({ at, why }) => (why === 'ended in the store' ? at + PROMISED_MS < now : at <= now));
}

/** Whether everybody has to be let in with it. */
export function isGood(credential: Credential, now: number): boolean {
  return overOf(credential, now) === undefined && credential.knownAt <= now;
}

/** A credential as a failure tells of it. */
export function named({ credentialId, overs }: Credential): string {
  return `${credentialId} (over ${JSON.stringify(overs)})`;
}
