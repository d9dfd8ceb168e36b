// The history of groups in a Redis without memory, without rights, or with keys of somebody else.
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { openRedis, SHORT_LIMITS } from '../support/redis-backplanes.ts';
import { addThree, append, KINDS, read, remove, textsOf } from '../support/redis-logs.ts';

const PASSWORD = 'canary-9c1f';
const SCALING = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
/** The rights that docs/scaling.md names: those of every node, and those that histories need as well. */
const [OF_NODES = [], OF_HISTORIES = []] = [...SCALING.matchAll(/ACL SETUSER[\s\S]*?```/g)].map(([command]) =>
  [...command.matchAll(/\+([a-z]+(?:\|[a-z]+)?)\b/g)].map(([, right]) => right as string),
);

async function ownRedis(...settings: readonly string[]): Promise<RedisServer> {
  const server = await startRedis({ settings });
  onTestFinished(() => server.stop());
  return server;
}

describe.runIf(hasRedis)('the history of a group in Redis', () => {
  test('refuses messages without memory, and loses nothing', async () => {
    const own = await ownRedis();
    const node = await openRedis(own.url);
    await addThree(node, 'log');
    await own.command('CONFIG', 'SET', 'maxmemory', 1);
    for (const log of ['log', 'log', 'new'])
      await expect(append(node, log, 'text', 'm')).rejects.toMatchObject({
        problem: 'unreachable',
        message: expect.stringMatching(/has no memory left: raise its maxmemory \(OOM, \w+\)\.$/),
      });
    expect(textsOf(await read(node, 'log'))).toEqual(['1 text 1', '2 text 2', '3 text 3']);
    await own.command('CONFIG', 'SET', 'maxmemory', 0);
    expect((await append(node, 'log', 'text', 'm')).top).toMatchObject({ last: 4 });
    expect(node.observer.losses).toEqual([]);
  });

  test('needs the rights that are documented, and an error names the one that is missing', async () => {
    const userOf = (name: string, ...except: readonly string[]) =>
      `user ${name} on >${PASSWORD} resetkeys resetchannels ~test:* &test:* -@all ${[...OF_NODES, ...OF_HISTORIES].map((right) => `+${right}`).join(' ')} ${except.map((right) => `-${right}`).join(' ')}`;
    const named = (right: string) => right.replace('|', '-');
    const own = await ownRedis(userOf('enough'), ...OF_HISTORIES.map((right) => userOf(`less-${named(right)}`, right)));
    /** Does everything that a log can. @returns the errors. */
    const useAll = async (user: string): Promise<Error[]> => {
      const node = await openRedis(`redis://${user}:${PASSWORD}@127.0.0.1:${own.port}`, SHORT_LIMITS);
      const errors: Error[] = [];
      const attempt = async (call: Promise<unknown>) => void (await call.catch((error) => errors.push(error)));
      for (let n = 0; n < 8; n++) await attempt(append(node, user, 'text', `${user} ${n}`));
      await attempt(append(node, user, 'text', `${user} 7`));
      await attempt(remove(node, user, `${user} 6`));
      for (const more of [{ after: 0, isWhole: false }, { before: 9 }]) await attempt(read(node, user, more));
      await own.command('DEL', `test:log-state:${user}`);
      await attempt(read(node, user));
      await attempt(node.backplane.logs.follow([user]));
      await attempt(node.backplane.logs.hazards());
      expect(node.observer.losses, user).toEqual([]);
      return errors;
    };
    expect(await useAll('enough')).toEqual([]);
    expect(OF_HISTORIES).toContain('xadd');
    for (const right of OF_HISTORIES) {
      const errors = await useAll(`less-${named(right)}`);
      const command = right.split('|')[0] as string;
      const message = new RegExp(`does not allow the user .* what is needed: .*\\(\\w+, ${command}(\\|\\w+)?\\)\\.$`);
      expect(errors.length, right).toBeGreaterThan(0);
      for (const error of errors)
        expect(error).toMatchObject({ problem: 'refused', message: expect.stringMatching(message) });
    }
  });

  test('that a user may not add to stays as it is', async () => {
    const own = await ownRedis(`user ann on >${PASSWORD} ~* &* +@all -xadd`);
    const [node, ann] = [await openRedis(own.url), await openRedis(`redis://ann:${PASSWORD}@127.0.0.1:${own.port}`)];
    await addThree(node, 'log');
    await expect(append(ann, 'log', 'text', 'm')).rejects.toMatchObject({ problem: 'refused' });
    expect(textsOf(await read(ann, 'log'))).toEqual(['1 text 1', '2 text 2', '3 text 3']);
  });

  test.each(KINDS.concat('log-known:7'))(
    'under whose key %s another program has a value says so, and leaves it',
    async (kind) => {
      const log = 'foreign';
      const own = await ownRedis();
      const node = await openRedis(own.url);
      await addThree(node, log);
      const ofKnown = kind.startsWith('log-known');
      const key = ofKnown ? `test:${kind}:${log}:m` : `test:${kind}:${log}`;
      await own.command('DEL', key);
      await own.command('LPUSH', key, 'theirs');
      for (let n = 0; n < 3; n++)
        await expect(append(node, log, 'text', ofKnown ? 'm' : `m-${n}`)).rejects.toMatchObject({
          problem: 'refused',
          message: expect.stringMatching(
            /has keys of another program .*: set another backplanePrefix \(WRONGTYPE, \w+, key\)\.$/,
          ),
        });
      expect(await own.command('LRANGE', key, 0, -1)).toEqual(['theirs']);
      expect(node.observer.losses).toEqual([]);
      await own.command('DEL', key);
      const { position } = await append(node, log, 'after', 'after');
      expect(textsOf(await read(node, log)).at(-1)).toBe(`${position.offset} after`);
    },
  );

  test.each([
    ['maxmemory 100mb', 'maxmemory-policy allkeys-lru', 'allkeys-lru'],
    ['maxmemory 100mb', 'maxmemory-policy volatile-ttl', 'volatile-ttl'],
    ['maxmemory 100mb', 'maxmemory-policy noeviction', undefined],
    ['maxmemory 0', 'maxmemory-policy allkeys-lru', undefined],
  ])('is in danger with %s and %s: %s', async (limit, setting, policy) => {
    const own = await ownRedis(limit, setting);
    const { backplane } = await openRedis(own.url);
    const text = `Redis at 127.0.0.1:${own.port} may evict the history of groups (maxmemory 104857600, maxmemory-policy ${policy}): set maxmemory-policy to noeviction.`;
    expect(await backplane.logs.hazards()).toEqual(policy === undefined ? [] : [text]);
  });
});
