// A process of its own that starts a PostgreSQL for tests, prints its folder, and has to be killed.
import { startPostgres } from './postgres.ts';

const server = await startPostgres();
if (process.argv.includes('paused')) server.pause();
console.log(server.folder);
process.stdin.resume();
