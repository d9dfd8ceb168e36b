// What is said about errors of PostgreSQL and of the network. Those that tests can cause are in postgres-trouble.test.ts.
import { describe, expect, test } from 'vitest';
import { isTransient, postgresError } from '../../src/storage/postgres/postgres-problems.ts';
import { StorageError } from '../../src/storage/storage.ts';

const PLACE = 'db.example:5432/chat';
const withCode = (code: string, message = 'on purpose, for user "bob"') => Object.assign(new Error(message), { code });

describe('an error with the code', () => {
  test.each([
    ['ECONNREFUSED', 'unreachable', /cannot be reached: check that it runs/],
    ['ECONNRESET', 'unreachable', /cannot be reached/],
    ['EHOSTUNREACH', 'unreachable', /cannot be reached/],
    ['ENOENT', 'unreachable', /cannot be reached/],
    ['ENOTFOUND', 'unreachable', /cannot be found: check the name of the host/],
    ['EAI_AGAIN', 'unreachable', /cannot be found/],
    ['ETIMEDOUT', 'unreachable', /does not answer in time/],
    ['08006', 'unreachable', /cannot be reached/],
    ['53200', 'unreachable', /is short of memory/],
    ['53300', 'unreachable', /has no free connection/],
    ['57P01', 'unreachable', /has ended the connection/],
    ['57P02', 'unreachable', /has ended the connection/],
    ['57P03', 'unreachable', /is starting, stopping or recovering/],
    ['57P04', 'gone', /has lost this database/],
    ['55P03', 'locked', /is locked by another transaction/],
    ['40P01', 'locked', /is locked/],
    ['53100', 'full', /has no space left/],
    ['54000', 'full', /takes no more rows: it needs a VACUUM/],
    ['25006', 'unwritable', /may only be read/],
    ['28000', 'unwritable', /does not let the role of the URL in/],
    ['28P01', 'unwritable', /does not let the role of the URL in/],
    ['3D000', 'gone', /has no database of this name/],
    ['3F000', 'gone', /has lost tables of signalbox/],
    ['XX001', 'unreadable', /is damaged: see its own log/],
    ['XX002', 'unreadable', /is damaged/],
    ['58030', 'unreadable', /is damaged/],
    ['CERT_HAS_EXPIRED', 'failed', /has a certificate that is not accepted/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'failed', /has a certificate that is not accepted/],
  ])('%s is %s, and says what to do', (code, problem, text) => {
    const error = postgresError(withCode(code), PLACE);
    expect(error).toMatchObject({ problem, message: expect.stringMatching(text) });
    expect(error.message).toMatch(/^PostgreSQL at db\.example:5432\/chat .*\.$/);
    expect(error.message).toContain(`(${code}).`);
    expect(error.message).not.toContain('bob');
  });
});

test('PostgreSQL names what is missing, and PgBouncer what it does not take', () => {
  expect(postgresError(withCode('42501', 'permission denied for table keys'), PLACE).message).toMatch(
    /\(42501, permission denied for table keys\)\.$/,
  );
  expect(postgresError(withCode('08P01', 'unsupported startup parameter: options'), PLACE).message).toMatch(
    /\(08P01, unsupported startup parameter: options\)\.$/,
  );
  expect(postgresError(withCode('08P01', 'server login failed for user "bob"'), PLACE).message).toMatch(/\(08P01\)\.$/);
});

test.each([
  ['Connection terminated unexpectedly', 'unreachable'],
  ['Connection terminated due to connection timeout', 'unreachable'],
  ['timeout exceeded when trying to connect', 'unreachable'],
  ['Query read timeout', 'unreachable'],
  ['Client has encountered a connection error and is not queryable', 'unreachable'],
  ['There was an error establishing an SSL connection', 'unreachable'],
  ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'unwritable'],
  ['The server does not support SSL connections', 'failed'],
])('pg says without a code: %s', (message, problem) => {
  expect(postgresError(new Error(message), PLACE)).toMatchObject({ problem });
  expect(isTransient(new Error(message))).toBe(problem === 'unreachable');
});

test('any other error is told in one line, without what looks like a password', () => {
  const error = postgresError(new Error('broken\n  by postgres://bob:canary@db/chat'), PLACE);
  expect(error).toMatchObject({
    problem: 'failed',
    message: 'PostgreSQL at db.example:5432/chat: broken by postgres://…@db/chat',
  });
  expect(postgresError('a text', PLACE).message).toBe('PostgreSQL at db.example:5432/chat: a text');
});

test('an error of a storage stays as it is, and is never tried again', () => {
  const error = new StorageError('unreachable', 'as it is');
  expect(postgresError(error, PLACE)).toBe(error);
  expect(isTransient(error)).toBe(false);
});
