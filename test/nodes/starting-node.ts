// A process of its own that starts a node for tests, stops it if it is told so, prints its id, and has to be killed.
import { NodeProcess } from './node-process.ts';

const node = await new NodeProcess({ backplane: 'memory:', nodeId: 'left-behind' }).listen();
if (process.argv.includes('paused')) node.pause();
console.log(node.pid);
