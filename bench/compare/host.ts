// One process that serves both sides, each on its own port, so that a disturbance of the process affects both. It sends
// their ports and its CPU time over the channel of `fork`.
import { pathToFileURL } from 'node:url';
import { benchHub, type Library } from '../bench-hub.ts';
import { type Both, libraryIn, type Served, type Side } from './sides.ts';

export type Question =
  | { readonly type: 'serve'; readonly sides: Both<Served>; readonly order: readonly Side[] }
  | { readonly type: 'cpu' };
/** Ports, or CPU time of all threads in microseconds. */
export type Answer = Both<number> | number;

/** Starts a build, with its defaults unless told otherwise. @returns its port. */
async function serve({ build, options, hasUsers = false }: Served): Promise<number> {
  const library: Library & Pick<typeof import('../../src/index.ts'), 'createServer'> = await import(
    pathToFileURL(libraryIn(build)).href
  );
  let users = 0;
  const server = library.createServer({
    hubs: { '/bench': benchHub(library, options) },
    logLevel: 'warn',
    ...(hasUsers && { authenticate: () => ({ id: `user ${users++}`, roles: [] }) }),
  });
  return (await server.listen({ port: 0 })).port;
}

async function answerTo(question: Question): Promise<Answer> {
  if (question.type === 'serve') {
    const ports = { here: 0, there: 0 };
    for (const side of question.order) ports[side] = await serve(question.sides[side]);
    return ports;
  }
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', async (question: Question) => {
  process.send?.(await answerTo(question));
});
process.on('disconnect', () => process.exit());
