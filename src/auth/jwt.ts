import type { Authenticator } from './authenticator.ts';
import { bearerTokenOf } from './credential.ts';
import type { JwtOptions } from './jwt-options.ts';
import { readJwtOptions } from './jwt-rules.ts';
import { JwtVerifier } from './jwt-verifier.ts';
import { strict } from './strict.ts';

/**
 * An authenticator for JSON Web Tokens (RFC 7519, RFC 8725): in `Authorization: Bearer`, or in `access_token` of the
 * query. A token is at most 8,192 bytes, must have `exp`, and is verified with the keys and the algorithms of its
 * issuer only, never with keys that it names itself. A verified token is remembered for at most 60 s; its times are
 * looked at for each request. A credential that is no token, and that nobody else in `firstOf` knows, is refused.
 *
 * @param options One issuer, or several, of which `iss` chooses one.
 * @throws {OptionsError} when an option is wrong, a key is weak or cannot be read, or two issuers cannot be told
 *   apart.
 */
export function jwt(options: JwtOptions | readonly JwtOptions[]): Authenticator {
  const verifier = new JwtVerifier(readJwtOptions(options));
  const authenticator: Authenticator = (request) => {
    const token = bearerTokenOf(request);
    return token === undefined ? null : verifier.userOf(token);
  };
  authenticator.attach = (services) => verifier.attach(services);
  authenticator.endOf = (credentialId, expiresAt) => verifier.endOf(credentialId, expiresAt);
  return strict(authenticator);
}
