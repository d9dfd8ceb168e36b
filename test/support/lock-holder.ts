// A process of its own that locks a SQLite database against other writers, until its standard input ends.
import Database from 'better-sqlite3';

const [, , path = ''] = process.argv;
const database = new Database(path);
database.exec('BEGIN IMMEDIATE');
console.log('locked');
process.stdin.resume();
process.stdin.once('end', () => {
  database.exec('ROLLBACK');
  database.close();
});
