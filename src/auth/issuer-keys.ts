import { OptionsError, textOf } from '../errors.ts';
import { publicKey, secretKey } from './fixed-keys.ts';
import { Jwks } from './jwks.ts';
import type { JwtOptions } from './jwt-options.ts';
import type { NamedOptions } from './jwt-rules.ts';
import { keySetAddress, keySetFile, textOfFile } from './key-set-sources.ts';
import { algorithmsOf, type KeySource, PUBLIC_ALGORITHMS } from './key-source.ts';

const SOURCES = ['secret', 'publicKey', 'jwksFile', 'jwksUrl'] as const satisfies readonly (keyof JwtOptions)[];

/** The keys of an issuer. @throws {OptionsError} unless it has exactly one source, with keys that can be used. */
export function keysOf({ call, options }: NamedOptions): KeySource {
  const given = SOURCES.filter((name) => options[name] !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? 'there is none' : `there are ${given.join(' and ')}`;
    throw new OptionsError(`${call}: exactly one of ${SOURCES.join(', ')} is needed, but ${what}.`);
  }
  const { secret, publicKey: pem, jwksFile, jwksUrl = '' } = options;
  if (secret !== undefined) return secretKey(secret, options, call);
  if (pem !== undefined) return publicKey(pem, options, call);
  const algorithms = algorithmsOf(PUBLIC_ALGORITHMS, 'a key set', options, call);
  if (jwksFile === undefined) return new Jwks(keySetAddress(new URL(jwksUrl)), algorithms);
  try {
    return new Jwks(keySetFile(jwksFile), algorithms, textOfFile(jwksFile));
  } catch (cause) {
    throw new OptionsError(`${call}: jwksFile is ${JSON.stringify(jwksFile)}, but ${textOf(cause)}.`, { cause });
  }
}
