import { createPublicKey, type KeyObject } from 'node:crypto';
import { OptionsError } from '../errors.ts';
import type { JwtOptions } from './jwt-options.ts';
import { algorithmsOf, type KeySource, SECRET_ALGORITHMS } from './key-source.ts';

/** RFC 7518, section 3.2: a secret has at least as many bytes as the digest. */
const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
/** RFC 7518, section 3.3. */
const RSA_BITS = 2_048;
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
/** By Node's names of curves, RFC 7518, section 3.4. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** A secret, which whoever verifies tokens shares with whoever makes them. @throws {OptionsError} */
export function secretKey(given: string | Uint8Array, options: JwtOptions, call: string): KeySource {
  if (typeof given === 'string' && given.includes('-----BEGIN')) {
    // Everybody has a public key: with it as a secret everybody could make tokens.
    throw new OptionsError(`${call}: secret looks like a key in PEM. A public key belongs in publicKey.`);
  }
  const secret = typeof given === 'string' ? new TextEncoder().encode(given) : Uint8Array.from(given);
  const algorithms = algorithmsOf(SECRET_ALGORITHMS, 'a secret', { algorithms: ['HS256'], ...options }, call);
  for (const algorithm of algorithms) {
    const least = SECRET_BYTES[algorithm] as number;
    if (secret.length >= least) continue;
    throw new OptionsError(
      `${call}: secret has ${secret.length} bytes, but it must have at least ${least} for ${algorithm}: ` +
        'a shorter one can be guessed. randomBytes(32) of node:crypto makes one.',
    );
  }
  return { algorithms, find: () => secret };
}

/** A public key in PEM. @throws {OptionsError} */
export function publicKey(pem: string, options: JwtOptions, call: string): KeySource {
  const key = readPem(pem, call);
  const possible = possibleFor(key, call);
  const isRsa = key.asymmetricKeyType === 'rsa';
  const withDefault = isRsa ? { algorithms: ['RS256'], ...options } : options;
  return { algorithms: algorithmsOf(possible, 'this public key', withDefault, call), find: () => key };
}

function readPem(pem: string, call: string): KeyObject {
  if (pem.includes('PRIVATE KEY-----')) {
    throw new OptionsError(`${call}: publicKey is a private key. Whoever verifies tokens must not have it.`);
  }
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new OptionsError(
      `${call}: publicKey cannot be read. It must be a public key in PEM, with its line breaks, ` +
        'which begins with "-----BEGIN PUBLIC KEY-----".',
      { cause },
    );
  }
}

/** Algorithms that a public key can be used with. */
function possibleFor({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject, call: string): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {};
  if (type === 'rsa') {
    if (modulusLength >= RSA_BITS) return RSA;
    throw new OptionsError(`${call}: publicKey has ${modulusLength} bits, but RSA must have at least 2,048.`);
  }
  if (type === 'ed25519') return ['EdDSA', 'Ed25519'];
  const ofCurve = CURVES[namedCurve];
  if (ofCurve !== undefined) return [ofCurve];
  throw new OptionsError(
    `${call}: publicKey is of the type ${[type, namedCurve].join(' ').trim()}, ` +
      'but it must be RSA, P-256, P-384, P-521 or Ed25519.',
  );
}
