// A process of its own that brings the schema of a PostgreSQL up to date when its standard input ends.
import { once } from 'node:events';
import { PostgresStorage } from '../../src/storage/postgres.ts';

const [, , url = ''] = process.argv;
console.log('ready');
process.stdin.resume();
await once(process.stdin, 'end');
const { from, to } = await new PostgresStorage(url).migrate();
console.log(`from ${from} to ${to}`);
