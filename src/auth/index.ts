export { UnauthorizedError } from '../errors.ts';
export type { ApiKey, KeyKind, KeyRow, KeyStore, Revoked } from '../storage/key-store.ts';
export type { Authenticator, AuthServices } from './authenticator.ts';
export { firstOf } from './first-of.ts';
export { jwt } from './jwt.ts';
export type { JwtOptions } from './jwt-options.ts';
