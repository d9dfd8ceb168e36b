// A process of its own that opens a storage in PostgreSQL, and then has nothing to do.
import { PostgresStorage } from '../../src/storage/postgres.ts';

const [, , url = ''] = process.argv;
await new PostgresStorage(url).open({ nodeId: 'idle', isAlive: () => true });
console.log('open');
