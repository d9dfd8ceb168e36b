// One process that serves both builds, each on a port of its own: whatever slows this process slows both. Answers over the
// channel of `fork` on which ports they are, and how much CPU time it has spent.
import { pathToFileURL } from 'node:url';
import { benchHub, type Library } from '../bench-hub.ts';
import { type Both, libraryIn } from './sides.ts';

export type Question = { readonly type: 'serve'; readonly builds: Both<string> } | { readonly type: 'cpu' };
/** Ports, or microseconds of all threads. */
export type Answer = Both<number> | number;

/** The port on which this build listens now, with its defaults. */
async function serve(build: string): Promise<number> {
  const library: Library & Pick<typeof import('../../src/index.ts'), 'createServer'> = await import(
    pathToFileURL(libraryIn(build)).href
  );
  const server = library.createServer({ hubs: { '/bench': benchHub(library) }, logLevel: 'warn' });
  return (await server.listen({ port: 0 })).port;
}

async function answerTo(question: Question): Promise<Answer> {
  if (question.type === 'serve') {
    const { here, there } = question.builds;
    return { here: await serve(here), there: await serve(there) };
  }
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', async (question: Question) => {
  process.send?.(await answerTo(question));
});
process.on('disconnect', () => process.exit());
