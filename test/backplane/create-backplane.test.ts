import { expect, test } from 'vitest';
import { checkPrefix } from '../../src/backplane/backplane-prefix.ts';
import { createBackplane } from '../../src/backplane/create-backplane.ts';
import { MemoryBackplane } from '../../src/backplane/memory.ts';
import { RedisBackplane } from '../../src/backplane/redis.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const OPTIONS = { clock: new SimulatedClock(), prefix: 'signalbox' };

test('memory: is this server alone', () => {
  expect(createBackplane('memory:', OPTIONS)).toBeUndefined();
});

test('memory:NAME is for servers of this process', () => {
  expect(createBackplane('memory:a.b_c-1', OPTIONS)).toBeInstanceOf(MemoryBackplane);
});

test.each(['redis://db', 'rediss://ann:secret@db:1/2', 'redis-sentinel://a:1,b:2/main'])(
  '%s, which connects to nothing before it is opened',
  async (url) => {
    const backplane = createBackplane(url, OPTIONS);
    expect(backplane).toBeInstanceOf(RedisBackplane);
    await backplane?.close();
  },
);

test.each([
  ['valkey://ann:secret@db', '"valkey:..."', ''],
  ['nats', '"nats"', ''],
  ['memory', '"memory"', ''],
  ['REDIS://db', '"REDIS:..."', ''],
  ['', '""', ''],
  ['memory:a b', '"memory:a b"', ' NAME is 1 to 64 of A-Z, a-z, 0-9, _, . and -.'],
])('%s is refused, and no password shown', (url, shown, hint) => {
  const forms = [
    'memory:',
    'memory:NAME',
    'redis://USER:PASSWORD@HOST:PORT/DATABASE',
    'rediss://USER:PASSWORD@HOST:PORT/DATABASE',
    'redis-sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/MASTER/DATABASE',
  ];
  expect(() => createBackplane(url, OPTIONS)).toThrow(
    `backplane is ${shown}, but it must be ${forms.join(' or ')}.${hint}`,
  );
});

test.each(['signalbox', 'a', '{tag}:service-1/x', '~'.repeat(64)])('the prefix %j is taken', (prefix) => {
  expect(() => checkPrefix(prefix)).not.toThrow();
});

test.each(['', 'a b', 'a*', 'a?', '[a]', 'a\\', '^a', 'ä', 'a\n', '\0', 'x'.repeat(65), 1, undefined])(
  'the prefix %j is refused',
  (prefix) => {
    expect(() => checkPrefix(prefix)).toThrow(/^backplanePrefix is .*, but it must be 1 to 64 visible characters/s);
    if (typeof prefix === 'string')
      expect(() => createBackplane('redis://db', { ...OPTIONS, prefix })).toThrow(/^backplanePrefix is /);
  },
);
