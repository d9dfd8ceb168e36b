import { describe, expect, test } from 'vitest';
import { OptionsError } from '../../src/errors.ts';
import { createStorage } from '../../src/storage/create-storage.ts';
import { readPostgresUrl } from '../../src/storage/postgres/postgres-url.ts';

const PLAIN = {
  host: 'db.example',
  port: 5432,
  database: 'chat',
  user: 'ann',
  password: 'secret',
  schema: 'signalbox',
  connections: 8,
  tls: undefined,
  passed: {},
};

describe('the URL of a database', () => {
  test.each([
    ['postgres://ann:secret@db.example/chat', {}],
    ['postgresql://ann:secret@db.example:5432/chat', {}],
    [
      'postgres://ann:secret@db.example:6432/chat?schema=a_1&connections=20',
      { port: 6432, schema: 'a_1', connections: 20 },
    ],
    ['postgres://ann:s%40%2F%3A%25@db.example/my%20chat', { password: 's@/:%', database: 'my chat' }],
    ['postgres://db.example/chat', { user: undefined, password: undefined }],
    ['postgres:///chat?user=ann&password=secret', { host: 'localhost' }],
    ['postgres://ann:secret@[::1]/chat', { host: '::1' }],
    ['postgres://ann:secret@%2Fvar%2Frun%2Fpostgresql/chat', { host: '/var/run/postgresql' }],
    ['postgres://ann:secret@/chat?host=/var/run/postgresql&port=5433', { host: '/var/run/postgresql', port: 5433 }],
    [
      'postgres://ann:secret@db.example/chat?options=-c%20a%3Db&application_name=x',
      { passed: { options: '-c a=b', application_name: 'x' } },
    ],
    [
      'postgres://ann:secret@db.example/chat?channel_binding=require&connect_timeout=5&pgbouncer=true&target_session_attrs=read-write',
      {},
    ],
  ])('%s', (url, different) => {
    expect(readPostgresUrl(url)).toEqual({ ...PLAIN, ...different });
  });

  test.each([
    ['', undefined],
    ['?sslmode=disable', undefined],
    ['?sslmode=disable&sslrootcert=ca.pem', undefined],
    ['?ssl=0', undefined],
    ['?ssl=true', { checks: 'full' }],
    ['?sslrootcert=ca.pem', { checks: 'full', files: { sslrootcert: 'ca.pem' } }],
    ['?sslcert=c.pem&sslkey=k.pem', { checks: 'full', files: { sslcert: 'c.pem', sslkey: 'k.pem' } }],
    ['?sslmode=prefer', { checks: 'full' }],
    ['?sslmode=require', { checks: 'full' }],
    ['?sslmode=verify-ca', { checks: 'full' }],
    ['?sslmode=verify-full', { checks: 'full' }],
    ['?sslmode=no-verify', { checks: 'nothing' }],
    ['?sslnegotiation=direct', { checks: 'full', isDirect: true }],
    ['?sslmode=prefer&uselibpqcompat=true', { checks: 'nothing' }],
    ['?sslmode=require&uselibpqcompat=true', { checks: 'nothing' }],
    ['?sslmode=require&uselibpqcompat=true&sslrootcert=ca.pem', { checks: 'signer', files: { sslrootcert: 'ca.pem' } }],
    [
      '?sslmode=verify-ca&uselibpqcompat=true&sslrootcert=ca.pem',
      { checks: 'signer', files: { sslrootcert: 'ca.pem' } },
    ],
    ['?sslmode=verify-full&uselibpqcompat=true', { checks: 'full' }],
  ])('with %s: TLS as pg has it', (query, tls) => {
    expect(readPostgresUrl(`postgres://db/chat${query}`).tls).toEqual(tls && { isDirect: false, files: {}, ...tls });
  });

  test.each([
    ['postgres://ann:canary@db', /must name a database, as in postgres:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/],
    ['postgres://ann:canary@db:port/chat', /it is no URL/],
    ['postgres://ann:canary@db:99999/chat', /it is no URL/],
    ['postgres://ann:can%ary@db/chat', /it is no URL: .* of a password as %40/],
    ['postgres://ann:can/ary@db/chat', /it is no URL/],
    ['postgres://ann:can#ary@db/chat', /it is no URL/],
    ['postgres:ann:canary@db/chat', /must name|no URL/],
    ['postgres://ann:canary@one,two/chat', /it names one host/],
    ['postgres://ann:canary@db/chat?port=0', /its port must be a whole number from 1 to 65535/],
    ['postgres://ann:canary@db/chat?connections=0', /its connections must be a whole number from 1 to 1000/],
    ['postgres://ann:canary@db/chat?connections=canary', /its connections must be a whole number/],
    ['postgres://ann:canary@db/chat?schema=Canary', /its parameter schema must be 1 to 63 of a-z, 0-9 and _/],
    ['postgres://ann:canary@db/chat?schema=canary"', /its parameter schema/],
    ['postgres://ann:canary@db/chat?schema=pg_canary', /must not begin with pg_/],
    [`postgres://ann:canary@db/chat?schema=${'a'.repeat(64)}`, /its parameter schema/],
    ['postgres://ann:canary@db/chat?schema=', /its parameter schema/],
    ['postgres://ann:canary@db/chat?scheme=canary', /one of its parameters is nearly schema: write it so/],
    ['postgres://ann:canary@db/chat?sslmod=require', /one of its parameters is nearly sslmode/],
    ['postgres://ann:canary@db/chat?sslmode=canary', /its parameter sslmode must be disable, .* or no-verify/],
    ['postgres://ann:canary@db/chat?sslnegotiation=canary', /sslnegotiation must be postgres or direct/],
    ['postgres://ann:canary@db/chat?sslmode=verify-ca&uselibpqcompat=true', /sslmode=verify-ca needs sslrootcert/],
  ])('%s is refused, and nothing of it shown', (url, text) => {
    let thrown: unknown;
    try {
      createStorage(url);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(OptionsError);
    expect(thrown).toMatchObject({ message: expect.stringMatching(text) });
    expect(String((thrown as Error).stack)).toMatch(/^OptionsError: storage is "postgres:\.\.\.", but /);
    expect(`${(thrown as Error).message} ${JSON.stringify(thrown)}`).not.toMatch(/canary|can\/|can#|ann|@db/i);
  });
});
