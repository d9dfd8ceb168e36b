// One process with a server for each kind of credential. It sends their ports and its CPU time over the channel of
// `fork`.
import { apiKeys, jwt } from '../../src/auth/index.ts';
import * as library from '../../src/index.ts';
import { benchHub } from '../bench-hub.ts';
import { type ByKind, byKind, type Kind, type Target } from './kinds.ts';
import { JWT_SECRET, newToken } from './token.ts';

export type Question = { readonly type: 'serve'; readonly order: readonly Kind[] } | { readonly type: 'cpu' };
/** Servers, or CPU time of all threads in microseconds. */
export type Answer = ByKind<Target> | number;

const OWN = 'sb_own_credential_of_the_length_of_an_api_key_0123456789';
const ADA = { id: 'ada', roles: ['reader', 'writer'] } as const;

const AUTHENTICATORS: ByKind<() => library.Authenticator | undefined> = {
  anonymous: () => undefined,
  unread: () => undefined,
  function: () => (request) => {
    const header = request.headers.authorization;
    const token = header === undefined ? request.query.get('access_token') : header.slice('Bearer '.length);
    return token === OWN ? ADA : null;
  },
  jwt: () => jwt({ secret: JWT_SECRET }),
  apiKeys: () => apiKeys(),
};

/** Starts a server that keeps its records in memory, so that no kind has a thread that others do not have. */
async function serve(kind: Kind): Promise<Target> {
  const authenticate = AUTHENTICATORS[kind]();
  const server = library.createServer({
    hubs: { '/bench': benchHub(library) },
    storage: 'memory:',
    logLevel: 'warn',
    ...(authenticate === undefined ? {} : { authenticate }),
  });
  const { port } = await server.listen({ port: 0 });
  if (kind !== 'apiKeys')
    return { port, credential: { anonymous: '', unread: OWN, function: OWN, jwt: newToken() }[kind] };
  const { secret } = await server.keys.create({ kind: 'virtual', name: 'bench', userId: ADA.id, roles: ADA.roles });
  return { port, credential: secret };
}

async function answerTo(question: Question): Promise<Answer> {
  if (question.type === 'serve') {
    const targets: Record<Kind, Target> = { ...byKind(() => ({ port: 0, credential: '' })) };
    for (const kind of question.order) targets[kind] = await serve(kind);
    return targets;
  }
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', async (question: Question) => {
  process.send?.(await answerTo(question));
});
process.on('disconnect', () => process.exit());
