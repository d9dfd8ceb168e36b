import { z } from 'zod';

const text = z.string().min(1);

/** Values of `auth.anonymous`. */
export const ANONYMOUS = ['always', 'loopback', 'never'] as const;

/** Settings that say who may connect. Those of JSON Web Tokens are the options of `jwt` in `signalbox/auth`. */
export const AUTH_SETTINGS = {
  'auth.anonymous': z
    .enum(ANONYMOUS)
    .default('loopback')
    .describe('whether clients without a credential may connect; loopback: where the server is bound to this machine'),
  'auth.keys': z.boolean().default(false).describe('let API keys in: signalbox key create makes them'),
  'auth.jwt.secret': text.optional().describe('secret of JSON Web Tokens, at least 32 bytes'),
  'auth.jwt.publicKey': text.optional().describe('public key of JSON Web Tokens, in PEM'),
  'auth.jwt.jwksFile': text.optional().describe('file with the public keys of JSON Web Tokens'),
  'auth.jwt.jwksUrl': text.optional().describe('address of the public keys of JSON Web Tokens'),
  'auth.jwt.algorithms': z.array(text).optional().describe('algorithms of JSON Web Tokens'),
  'auth.jwt.issuer': z.array(text).optional().describe('issuers of JSON Web Tokens'),
  'auth.jwt.audience': z.array(text).optional().describe('audiences of JSON Web Tokens; one is enough'),
  'auth.jwt.clockToleranceMs': z.int().min(0).optional().describe('by how much clocks may differ, in ms'),
  'auth.jwt.userId': text.optional().describe('claim with the id of the user'),
  'auth.jwt.roles': text.optional().describe('claim with the roles of the user'),
  'auth.jwt.keepClaims': z.array(text).optional().describe('claims that hubs see'),
  'auth.jwt.trustRoles': z.array(text).optional().describe('roles of the server that tokens may give'),
  masterKey: text.optional().describe('a master key, sb_mk_..., that is in no list'),
} as const;

/** How each is written as text, in a flag or in the environment. */
export const AUTH_KINDS: Readonly<Record<keyof typeof AUTH_SETTINGS, 'text' | 'number' | 'flag' | 'list'>> = {
  'auth.anonymous': 'text',
  'auth.keys': 'flag',
  'auth.jwt.secret': 'text',
  'auth.jwt.publicKey': 'text',
  'auth.jwt.jwksFile': 'text',
  'auth.jwt.jwksUrl': 'text',
  'auth.jwt.algorithms': 'list',
  'auth.jwt.issuer': 'list',
  'auth.jwt.audience': 'list',
  'auth.jwt.clockToleranceMs': 'number',
  'auth.jwt.userId': 'text',
  'auth.jwt.roles': 'text',
  'auth.jwt.keepClaims': 'list',
  'auth.jwt.trustRoles': 'list',
  masterKey: 'text',
};
