// A node whose hub has a group with history. It is given the URL of its backplane, and prints its address.
import * as library from '../../src/index.ts';
import { historyHub } from './hub.ts';

const [backplane = 'memory:'] = process.argv.slice(2);
const server = library.createServer({ hubs: { '/bench': historyHub(library) }, logLevel: 'warn', backplane });
const { port } = await server.listen({ port: 0 });
console.log(`listening on http://127.0.0.1:${port}`);
