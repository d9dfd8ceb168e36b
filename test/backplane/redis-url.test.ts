import { expect, test } from 'vitest';
import { readRedisUrl } from '../../src/backplane/redis/redis-url.ts';

const NOBODY = { user: undefined, password: undefined };
const PLAIN = { ...NOBODY, master: undefined, sentinel: NOBODY, database: 0, tls: undefined };
const NO_FILES = { ca: undefined, cert: undefined, key: undefined, servername: undefined };

test.each([
  ['redis://db', { ...PLAIN, hosts: [{ host: 'db', port: 6379 }] }],
  ['redis://db/', { ...PLAIN, hosts: [{ host: 'db', port: 6379 }] }],
  ['redis://10.0.0.1:7000/15', { ...PLAIN, hosts: [{ host: '10.0.0.1', port: 7000 }], database: 15 }],
  ['redis://[::1]:7000', { ...PLAIN, hosts: [{ host: '::1', port: 7000 }] }],
  ['redis://:p%40%2F%3A@db', { ...PLAIN, hosts: [{ host: 'db', port: 6379 }], password: 'p@/:' }],
  ['redis://ann:a:b@db', { ...PLAIN, hosts: [{ host: 'db', port: 6379 }], user: 'ann', password: 'a:b' }],
  ['redis://ann:a@b@db', { ...PLAIN, hosts: [{ host: 'db', port: 6379 }], user: 'ann', password: 'a@b' }],
  ['rediss://db', { ...PLAIN, hosts: [{ host: 'db', port: 6379 }], tls: NO_FILES }],
  [
    'rediss://db?ca=/a%20b.pem&cert=c&key=k&servername=s',
    {
      ...PLAIN,
      hosts: [{ host: 'db', port: 6379 }],
      tls: { ca: '/a b.pem', cert: 'c', key: 'k', servername: 's' },
    },
  ],
  [
    'redis-sentinel://ann:pw@a,b:1,[::1]:2/main/3?sentinelUser=sue&sentinelPassword=s%26&tls=true',
    {
      hosts: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1 },
        { host: '::1', port: 2 },
      ],
      user: 'ann',
      password: 'pw',
      master: 'main',
      sentinel: { user: 'sue', password: 's&' },
      database: 3,
      tls: NO_FILES,
    },
  ],
])('%s', (url, address) => {
  expect(readRedisUrl(url)).toEqual(address);
});

test.each([
  ['redis:', 'it is no URL'],
  ['redis://', 'it is no URL'],
  ['redis:db', 'it is no URL'],
  ['redis://canary/canary/x@db', 'it is no URL'],
  ['redis://:canary%ZZ@db', 'it is no URL'],
  ['redis://db/1/2', 'it is no URL'],
  ['redis://db#canary', 'it is no URL'],
  ['redis://d b', 'it is no URL'],
  ['redis://db:canary', 'it is no URL'],
  ['redis://db:0', 'its port must be a whole number from 1 to 65535'],
  ['redis://db:70000', 'its port must be a whole number from 1 to 65535'],
  ['redis://db/canary', 'its database must be a whole number from 0 to 65535'],
  ['redis://db/-1', 'its database must be a whole number from 0 to 65535'],
  ['redis://canary@db', 'it has a user without a password: write USER:PASSWORD'],
  ['redis://canary:@db', 'it has a user without a password.'],
  ['redis://a,b', 'it names one host: several are those of redis-sentinel://'],
  ['redis://db?canary=1', 'one of its parameters is unknown. Known: ca, cert, key, servername.'],
  ['redis://db?ca=canary', 'it has parameters of TLS without TLS'],
  ['rediss://db?sentinelPassword=canary', 'one of its parameters is unknown'],
  ['redis-sentinel://a:1,b:2', 'it must name the master of the Sentinels'],
  ['redis-sentinel://a/main?tls=canary', 'its parameter tls must be true or false'],
  ['redis-sentinel://a/main?ca=canary', 'it has parameters of TLS without TLS'],
  ['redis-sentinel://a,,b/main', 'it is no URL'],
])('%s is refused, and nothing of it shown', (url, why) => {
  const read = () => readRedisUrl(url);
  expect(read).toThrow(`backplane is "redis:...", but ${why}`);
  expect(read).not.toThrow(/canary/);
});
