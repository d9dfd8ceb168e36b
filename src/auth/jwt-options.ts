import type { Claims } from './compact-token.ts';

/** Options of `jwt`: one issuer of tokens, its keys, and what its claims mean. */
export interface JwtOptions {
  /**
   * Secret for HS256, text or bytes, with at least 32 bytes (RFC 7518, section 3.2; 48 for HS384, 64 for HS512). Each
   * issuer has exactly one of `secret`, `publicKey`, `jwksFile` and `jwksUrl`.
   */
  readonly secret?: string | Uint8Array;
  /** Public key in PEM: RSA with at least 2,048 bits, P-256, P-384, P-521, or Ed25519. A certificate is one, too. */
  readonly publicKey?: string;
  /**
   * File with a JSON Web Key Set (RFC 7517) of public keys, relative to the working directory. Read at once, and again
   * when a token names an unknown key, at most once in 30 seconds, and when ten minutes have passed.
   */
  readonly jwksFile?: string;
  /**
   * Address of a JSON Web Key Set of public keys: https, or http on this machine. Fetched for the first token, and
   * again as `jwksFile` is read. While that fails, the keys from before are used.
   */
  readonly jwksUrl?: string;
  /**
   * Algorithms that tokens may be signed with. Those of `secret` are HS256, HS384, HS512; of public keys RS256, RS384,
   * RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519. Default: HS256 for a secret, RS256 for RSA, the
   * algorithm of its curve for other public keys; for a key set all of public keys, as each key has its type.
   */
  readonly algorithms?: readonly string[];
  /** The `iss` of its tokens, or several. Default: it is not checked; among several issuers it is for all others. */
  readonly issuer?: string | readonly string[];
  /** A token must have one of these as an `aud`. Default: it is not checked. */
  readonly audience?: string | readonly string[];
  /** Milliseconds by which clocks may differ, for `exp`, `nbf` and `iat`. Default: 60,000. */
  readonly clockToleranceMs?: number;
  /**
   * Where the id of the user is: a claim, a path with dots (`user.id`), or a function of the verified claims. It must
   * be a text that is not empty. Default: 'sub'.
   */
  readonly userId?: string | ((claims: Claims) => string);
  /**
   * Where the roles are: a claim, a path with dots (`realm_access.roles`), or a function of the verified claims; a list
   * of texts, or one text with spaces between the roles. Without it there are none. Default: 'roles'.
   */
  readonly roles?: string | ((claims: Claims) => readonly string[]);
  /** Names of claims that hubs find in `user.claims`. They live as long as the connection. Default: none. */
  readonly keepClaims?: readonly string[];
  /**
   * Those of the roles `admin`, `master-key` and `virtual-key` that a token of this issuer may give; others of these
   * are dropped. Default: none.
   */
  readonly trustRoles?: readonly string[];
}
