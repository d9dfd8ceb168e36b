import { expect, test } from 'vitest';
import { redisProblem } from '../../src/backplane/redis/redis-problems.ts';
import { readRenewed, readTaken } from '../../src/backplane/redis/redis-replies.ts';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'publish', args: ['canary'] } });
}

test.each([
  [reply('WRONGPASS invalid username-password pair or user is disabled.'), 'refused', 'WRONGPASS', false],
  [reply('NOAUTH Authentication required.'), 'refused', 'NOAUTH', false],
  [reply("NOPERM User canary has no permissions to run the 'set' command"), 'refused', 'NOPERM, set', false],
  [
    reply("ERR ACL failure in script: User canary has no permissions to run the 'sadd' command"),
    'refused',
    'sadd',
    false,
  ],
  [reply("ERR unknown command 'EVALSHA', with args beginning with: 'canary'"), 'refused', 'ERR, EVALSHA', false],
  [reply('ERR something canary'), 'refused', 'does not do what is needed (ERR)', false],
  [reply('MOVED 1 10.0.0.1:1'), 'refused', 'cluster mode', false],
  [reply('CLUSTERDOWN Hash slot not served'), 'refused', 'cluster mode', false],
  [reply('DENIED Redis is running in protected mode because canary'), 'refused', 'protected mode', false],
  [reply('READONLY You cannot write against a read only replica.'), 'unreachable', 'is a replica', true],
  [reply('NOSCRIPT No matching script.'), 'unreachable', 'has lost our scripts', true],
  [reply('LOADING Redis is loading the dataset in memory'), 'unreachable', 'is starting', true],
  [reply('BUSY Redis is busy running a script.'), 'unreachable', 'SCRIPT KILL', false],
  [reply('MISCONF Redis is configured to save RDB snapshots'), 'unreachable', 'takes no writes', false],
  [reply('ERR max number of clients reached'), 'unreachable', 'raise its maxclients', false],
  [Object.assign(new Error('canary'), { code: 'EHOSTUNREACH' }), 'unreachable', '(EHOSTUNREACH)', false],
  [Object.assign(new Error('canary'), { code: 'CERT_HAS_EXPIRED' }), 'refused', '(CERT_HAS_EXPIRED)', false],
  [new Error('canary'), 'unreachable', 'cannot be used', false],
])('%s', (thrown, problem, text, isLost) => {
  const found = redisProblem(thrown, 'db:1');
  expect(found).toMatchObject({ error: { problem, message: expect.stringMatching(/^Redis at db:1 .*\.$/) }, isLost });
  expect(found.error.message).toContain(text);
  expect(found.error.message).not.toContain('canary');
});

test.each([
  [null],
  ['kept'],
  [['kept']],
  [['other', []]],
  [['kept', [['a', 'b']]]],
  [['kept', [['a', 'b', -2]]]],
  [['kept', [['a', 1, 2]]]],
  [['kept', 'a']],
])('%j is no answer about leases', (answer) => {
  expect(() => readRenewed(answer, 'db:1')).toThrow(/^Redis at db:1 has given an answer that no script of ours gives/);
});

test.each([[null], [[1]], [[3, 0]], [[-1, 0]], [[1.5, 0]], [['1', 0]], [[1, -1]]])(
  '%j is no answer about tokens',
  (answer) => {
    expect(() => readTaken(answer, 2, 'db:1')).toThrow(/no script of ours/);
  },
);
