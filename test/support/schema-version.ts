import { readdirSync } from 'node:fs';

/** Numbers of the migrations of SQLite's databases. */
export const MIGRATIONS = readdirSync(new URL('../../src/storage/migrations/sqlite', import.meta.url)).map((name) =>
  Number(name.slice(0, 3)),
);

/** Version of the schema of the databases that are made now. */
export const SCHEMA_VERSION = MIGRATIONS.length;
