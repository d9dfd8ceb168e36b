import { type Authenticator, firstOf, type JwtOptions, jwt } from '../../src/auth/index.ts';
import { createServer } from '../../src/index.ts';

// Authenticators, and the options of `jwt`.

export const everything: JwtOptions = {
  secret: new Uint8Array(32),
  algorithms: ['HS256'],
  issuer: ['https://a.example', 'https://b.example'],
  audience: 'chat',
  clockToleranceMs: 1_000,
  userId: ({ sub }) => `devices:${sub}`,
  roles: () => ['reader'],
  keepClaims: ['tenant'],
  trustRoles: ['admin'],
};

const own: Authenticator = ({ headers }) =>
  headers['x-user'] === undefined ? null : { id: headers['x-user'], roles: [], claims: { tenant: 1 } };

export const servers = () => [
  createServer({ hubs: {}, authenticate: jwt(everything) }),
  createServer({ hubs: {}, authenticate: firstOf(jwt([everything, { jwksUrl: 'https://a.example' }]), own) }),
];

// @ts-expect-error no such option
jwt({ secrets: 'x' });
// @ts-expect-error milliseconds are a number
jwt({ secret: 'x', clockToleranceMs: '60s' });
// @ts-expect-error an id is a text
jwt({ secret: 'x', userId: () => 5 });
// @ts-expect-error a claim may have any type
jwt({ secret: 'x', userId: ({ sub }) => sub });
// @ts-expect-error a promise would not be waited for
jwt({ secret: 'x', roles: async () => [] });
// @ts-expect-error a list is one argument
firstOf([own]);
