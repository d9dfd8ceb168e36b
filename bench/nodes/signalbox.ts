// One of several nodes of signalbox. It is given the URL of their Redis, and prints its address.
import * as library from '../../src/index.ts';
import { benchHub } from '../bench-hub.ts';

const [backplane = ''] = process.argv.slice(2);
const options: library.ServerOptions & { readonly backplane: string } = {
  hubs: { '/bench': benchHub(library) },
  logLevel: 'warn',
  backplane,
};
const { port } = await library.createServer(options).listen({ port: 0 });
console.log(`listening on http://127.0.0.1:${port}`);
