// A server in a process of its own that shares its SQLite database with others, and that saves records as fast as it
// can, until its standard input ends.
import Database from 'better-sqlite3';
import { createServer } from '../../src/index.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ended, sessionRecord } from '../../src/testing/session-records.ts';
import { emptyHub } from './empty-hub.ts';

/** What it has to tell in the end. */
export interface SharingReport {
  /** Ids of the records that were acknowledged. */
  readonly saved: readonly string[];
  /** Texts of errors of saves. */
  readonly failures: readonly string[];
  /** The largest number of saves of all processes that one of its own has let go ahead. */
  readonly overtaken: number;
}

/** A line for so many records. */
const STEP = 50;
/** Saves that wait at once, so that the thread never waits for the next one. */
const WRITERS = 2;
const [, , path = '', name = ''] = process.argv;
const storage = new SqliteStorage(path);
const server = createServer({ hubs: { '/hub': emptyHub() }, storage, retention: { sessions: {} }, logLevel: 'warn' });
const { port } = await server.listen({ port: 0 });

// Rows are numbered in the order of their transactions.
const database = new Database(path, { readonly: true });
const latest = database.prepare('SELECT coalesce(max(rowid), 0) FROM sessions').pluck();
const numberOf = database.prepare('SELECT rowid FROM sessions WHERE id = ?').pluck();

let isOver = false;
process.stdin.resume().once('end', () => {
  isOver = true;
});
console.log(port);
const saved: string[] = [];
const failures: string[] = [];
let overtaken = 0;

/** Saves one record after the other. */
async function write(writer: number): Promise<void> {
  for (let count = 0; !isOver; count += 1) {
    const id = `${name}-${writer}-${count}`;
    const before = latest.get() as number;
    try {
      await storage.sessions.save([ended(sessionRecord(id))]);
      saved.push(id);
      overtaken = Math.max(overtaken, (numberOf.get(id) as number) - before - 1);
      if (saved.length % STEP === 0) console.log('saved');
    } catch (error) {
      failures.push(String(error));
      // It may fail at once, and then again and again.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
const report: SharingReport = { saved, failures, overtaken };
console.log(JSON.stringify(report));
database.close();
await server.close();
