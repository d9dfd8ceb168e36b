// A process of its own that starts a Redis for tests, prints its folder, and has to be killed.
import { startRedis } from './redis.ts';

const server = await startRedis();
if (process.argv.includes('paused')) server.pause();
console.log(server.folder);
process.stdin.resume();
