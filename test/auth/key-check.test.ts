import { describe, expect, onTestFinished, test } from 'vitest';
import { KeyCheck } from '../../src/auth/key-check.ts';
import { newKey } from '../../src/auth/key-format.ts';
import { digestOf } from '../../src/auth/key-secrets.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import type { User } from '../../src/hub/connection-info.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { keyRow, secretOf } from '../../src/testing/key-rows.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { authServices } from '../support/auth-services.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { CountedStore, settled } from '../support/key-site.ts';

/** A check of keys in a storage in memory, in simulated time. */
async function openCheck() {
  const clock = new SimulatedClock();
  const storage = new MemoryStorage(undefined, clock);
  await storage.open(ALONE);
  const store = new CountedStore(storage.keys);
  const log = new CollectedLog();
  const revoked: string[] = [];
  const check = new KeyCheck(store, authServices({ clock, log, revoked: (id) => void revoked.push(id) }));
  onTestFinished(() => check.close());
  return {
    clock,
    storage,
    store,
    log,
    revoked,
    /** As another process changes them. */
    keys: new StoredKeys(storage.keys, clock),
    ask: (secret: string): User | Promise<User> => check.userOf(secret.slice(6, 14), digestOf(secret)),
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.increment(500);
        await settled();
      }
    },
  };
}

type Site = Awaited<ReturnType<typeof openCheck>>;

async function made(site: Site, name = 'a') {
  const { key, secret } = await site.keys.create({ kind: 'virtual', name });
  return { id: key.id, secret };
}

/** The text of the refusal; 'good' for a user. */
async function outcome(site: Site, secret: string): Promise<string> {
  try {
    await site.ask(secret);
    return 'good';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a key that was read', () => {
  test('is answered at once, with the same user, and the store is asked for changes once a second', async () => {
    const site = await openCheck();
    const { secret } = await made(site);
    const first = site.ask(secret);
    expect(first).toBeInstanceOf(Promise);
    const user = await first;
    for (let n = 0; n < 100; n += 1) expect(site.ask(secret)).toBe(user);
    await site.pass(10_000);
    expect(site.ask(secret)).toEqual(user);
    expect(site.store.asked).toEqual({ find: 1, changesSince: 10, touched: 1 });
  });

  test('is looked up once for requests that come together', async () => {
    const site = await openCheck();
    const { secret } = await made(site);
    const users = await Promise.all([site.ask(secret), site.ask(secret), site.ask(secret)]);
    expect(new Set(users).size).toBe(1);
    expect(site.store.asked.find).toBe(1);
  });

  test('is refused within a second after it was revoked, and the server is told of its connections, once', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    await site.keys.revoke(id);
    await site.pass(1_000);
    expect(() => site.ask(secret)).toThrow('This API key was revoked.');
    expect(site.revoked).toEqual([`${id}.1`]);
    await site.pass(180_000);
    expect(site.revoked).toEqual([`${id}.1`]);
  });

  test('is told of as revoked, too, when it was forgotten among many others', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    for (let n = 0; n < 10_000; n += 1) {
      const other = `${n}`.padStart(8, '0');
      await site.storage.keys.put(keyRow(other));
      await Promise.resolve(site.ask(`sb_vk_${other}_`)).catch(() => {});
    }
    await site.keys.revoke(id);
    await site.pass(1_000);
    expect(site.revoked).toEqual([`${id}.1`]);
  });

  test('is refused from its expiry on, without any question', async () => {
    const site = await openCheck();
    const expiresAt = site.clock.wallNow() + 100;
    const { secret } = await site.keys.create({ kind: 'virtual', name: 'a', expiresAt });
    await site.ask(secret);
    site.clock.increment(99);
    expect(site.ask(secret)).toMatchObject({ expiresAt });
    site.clock.increment(1);
    expect(() => site.ask(secret)).toThrow('This API key has expired.');
    expect(site.store.asked).toEqual({ find: 1 });
    expect(site.revoked).toEqual([]);
  });

  test('whose expiry was set to an earlier moment ends then, with its connections', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    const row = await site.storage.keys.find(id);
    if (row !== undefined) await site.storage.keys.put({ ...row, expiresAt: site.clock.wallNow() + 3_000 });
    await site.pass(2_500);
    expect(site.ask(secret)).toMatchObject({ expiresAt: site.clock.wallNow() + 500 });
    expect(site.revoked).toEqual([]);
    await site.pass(1_000);
    expect(() => site.ask(secret)).toThrow('This API key has expired.');
    expect(site.revoked).toEqual([`${id}.1`]);
  });

  test('does not end the connections of a key that expires as it was made to', async () => {
    const site = await openCheck();
    const expiresAt = site.clock.wallNow() + 3_000;
    const { key, secret } = await site.keys.create({ kind: 'virtual', name: 'a', expiresAt });
    await site.ask(secret);
    const row = await site.storage.keys.find(key.id);
    if (row !== undefined) await site.storage.keys.put({ ...row, name: 'b' });
    await site.pass(2_000);
    expect(site.ask(secret)).toMatchObject({ expiresAt });
    await site.pass(60_000);
    expect(() => site.ask(secret)).toThrow('This API key has expired.');
    expect(site.revoked).toEqual([]);
  });
});

describe('a key with a new secret', () => {
  test('has both until the overlap is over, and then ends the connections of the old one only', async () => {
    const site = await openCheck();
    const { id, secret: old } = await made(site);
    await site.ask(old);
    const { secret } = await site.keys.rotate(id, { overlapMs: 60_000 });
    const until = site.clock.wallNow() + 60_000;
    await site.pass(1_000);
    expect(site.ask(old)).toMatchObject({ credentialId: `${id}.1`, expiresAt: until });
    expect(site.ask(secret)).toEqual({
      id,
      roles: ['virtual-key'],
      credentialId: `${id}.2`,
      issuedAt: expect.any(Number),
    });
    await site.pass(58_500);
    expect(site.revoked).toEqual([]);
    await site.pass(1_500);
    expect(site.revoked).toEqual([`${id}.1`]);
    expect(() => site.ask(old)).toThrow('This secret of the API key was replaced by a new one, and its time is over.');
    expect(site.ask(secret)).toMatchObject({ credentialId: `${id}.2` });
  });

  test('ends the old one at once without an overlap', async () => {
    const site = await openCheck();
    const { id, secret: old } = await made(site);
    await site.ask(old);
    const { secret } = await site.keys.rotate(id);
    await site.pass(1_000);
    expect(site.revoked).toEqual([`${id}.1`]);
    expect(await outcome(site, old)).toMatch(/its time is over/);
    expect(await outcome(site, secret)).toBe('good');
  });

  test('ends the old one when the server has started in the overlap', async () => {
    const site = await openCheck();
    const { id, secret: old } = await made(site);
    await site.keys.rotate(id, { overlapMs: 3_600_000 });
    await site.pass(600_000);
    expect(await outcome(site, old)).toBe('good');
    await site.pass(3_000_000);
    expect(site.revoked).toEqual([`${id}.1`]);
  });

  test('ends secrets that are not in its row any more', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    await site.storage.keys.put(keyRow(id, { secrets: [secretOf(4)] }));
    await site.pass(1_000);
    expect(site.revoked.sort()).toEqual([1, 2, 3].map((number) => `${id}.${number}`));
    expect(await outcome(site, secret)).toMatch(/secret .* is wrong/);
  });
});

describe('an unknown id', () => {
  test('is remembered for five seconds, and then looked up again', async () => {
    const site = await openCheck();
    const { text } = newKey('virtual');
    expect(await outcome(site, text)).toBe('No API key has this id.');
    for (let n = 0; n < 10; n += 1) expect(() => site.ask(text)).toThrow('No API key has this id.');
    expect(site.store.asked.find).toBe(1);
    await site.pass(5_000);
    expect(await outcome(site, text)).toBe('No API key has this id.');
    expect(site.store.asked.find).toBe(2);
  });

  test('is known within a second when a key gets it', async () => {
    const site = await openCheck();
    const { id, text } = newKey('virtual');
    expect(await outcome(site, text)).toBe('No API key has this id.');
    await site.storage.keys.put(keyRow(id, { secrets: [{ number: 1, sha256: digestOf(text), until: null }] }));
    await site.pass(1_000);
    expect(site.ask(text)).toMatchObject({ id });
  });

  test('does not cost more memory with each one that is tried', async () => {
    const site = await openCheck();
    const first = newKey('virtual').text;
    await outcome(site, first);
    for (let n = 0; n < 10_000; n += 1) await outcome(site, `sb_vk_${`${n}`.padStart(8, '0')}_`);
    await outcome(site, first);
    // It was forgotten: the oldest of 10,001.
    expect(site.store.asked.find).toBe(10_002);
  });
});

describe('a store that cannot be read', () => {
  test('keeps keys good that were read before, for 30 seconds; then requests wait until it can be read', async () => {
    const site = await openCheck();
    const { secret } = await made(site);
    await site.ask(secret);
    await site.pass(1_000);
    site.store.failure = new Error('it is away');
    await site.pass(29_000);
    expect(site.ask(secret)).toMatchObject({ roles: ['virtual-key'] });
    await site.pass(1_000);
    const waiting = Promise.resolve(site.ask(secret));
    let isAnswered = false;
    waiting
      .then(() => {
        isAnswered = true;
      })
      .catch(() => {});
    await site.pass(5_000);
    expect(isAnswered).toBe(false);
    site.store.failure = undefined;
    await site.pass(1_000);
    expect(await waiting).toMatchObject({ roles: ['virtual-key'] });
    await site.pass(1_000);
    expect(site.ask(secret)).not.toBeInstanceOf(Promise);
  });

  test('is a line in the log when it begins, and one when it ends', async () => {
    const site = await openCheck();
    const { secret } = await made(site);
    await site.ask(secret);
    site.store.failure = new Error('it is away');
    await site.pass(10_000);
    site.store.failure = undefined;
    await site.pass(10_000);
    expect(site.log.lines.map(({ level, text, error }) => [level, text, error])).toEqual([
      ['warn', 'API keys cannot be read: it is unknown whether some were revoked', 'Error: it is away'],
      ['info', 'API keys can be read again', undefined],
    ]);
  });

  test('gives up a request after half a minute', async () => {
    const site = await openCheck();
    const { secret } = await made(site);
    site.store.failure = new Error('it is away');
    const refused = outcome(site, secret);
    await site.pass(31_000);
    expect(await refused).toBe('it is away');
  });

  test('costs no more memory with each id that is asked for', async () => {
    const site = await openCheck();
    const { secret } = await made(site);
    await site.ask(secret);
    site.store.gate = new Promise(() => {});
    const key = (n: number) => `sb_vk_${`${n}`.padStart(8, '0')}_`;
    for (let n = 0; n < 10_000; n += 1) void site.ask(key(n));
    await expect(site.ask(key(10_000))).rejects.toThrow('Too many API keys are being looked up.');
    expect(site.store.asked.find).toBe(10_001);
    expect(site.ask(secret)).toMatchObject({ roles: ['virtual-key'] });
  });

  test('is not asked again and again when many unknown ids come', async () => {
    const site = await openCheck();
    site.store.failure = new Error('it is away');
    const outcomes = Array.from({ length: 1_001 }, (_, n) => outcome(site, `sb_vk_${`${n}`.padStart(8, '0')}_`));
    await settled();
    const asked = site.store.asked.find ?? 0;
    expect(asked).toBe(1_001);
    // With so many, what fails is given up at once.
    expect(await Promise.race(outcomes)).toBe('it is away');
  });

  test('misses nothing: what was revoked meanwhile is refused as soon as it answers', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    site.store.failure = new Error('it is away');
    await site.keys.revoke(id);
    await site.pass(120_000);
    expect(site.revoked).toEqual([]);
    site.store.failure = undefined;
    await site.pass(1_000);
    expect(site.revoked).toEqual([`${id}.1`]);
    expect(await outcome(site, secret)).toBe('This API key was revoked.');
  });

  test('that never answers a question is asked again', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    site.store.gate = new Promise(() => {});
    await site.pass(1_000);
    site.store.gate = undefined;
    await site.keys.revoke(id);
    await site.pass(10_500);
    expect(site.revoked).toEqual([`${id}.1`]);
  });
});

describe('a change', () => {
  test('is noticed when the clock of the wall was set back', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    await site.pass(120_000);
    site.clock.stepWall(-3_600_000);
    await site.keys.revoke(id);
    await site.pass(1_000);
    expect(site.revoked).toEqual([`${id}.1`]);
  });

  test('counts more than an older answer that comes late', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask((await made(site, 'other')).secret);
    let open: () => void = () => {};
    site.store.gate = new Promise((done) => {
      open = done;
    });
    const late = outcome(site, secret);
    site.store.gate = undefined;
    await site.keys.revoke(id);
    await site.pass(1_000);
    open();
    expect(await late).toBe('This API key was revoked.');
    expect(() => site.ask(secret)).toThrow('This API key was revoked.');
  });
});

describe('the last use', () => {
  test('is written once a minute, for all keys together, and delays nothing', async () => {
    const site = await openCheck();
    const [one, two] = [await made(site, 'one'), await made(site, 'two')];
    await site.ask(one.secret);
    await site.ask(two.secret);
    expect(site.store.touches).toEqual([]);
    for (let n = 0; n < 120; n += 1) {
      await site.ask(one.secret);
      await site.pass(500);
    }
    const begin = Date.UTC(2030, 0, 1);
    expect(site.store.touches).toEqual([[[one.id, two.id], begin + 1_000]]);
    await site.ask(one.secret);
    await site.pass(1_000);
    expect(site.store.touches.at(-1)).toEqual([[one.id], begin + 61_000]);
    expect((await site.keys.list()).map(({ lastUsedAt }) => lastUsedAt)).toContain(begin + 61_000);
  });

  test('that another server has written is not written again within a minute', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.storage.keys.touched([id], site.clock.wallNow());
    await site.ask(secret);
    await site.pass(59_000);
    await site.ask(secret);
    await site.pass(500);
    expect(site.store.touches).toEqual([]);
    await site.pass(500);
    await site.ask(secret);
    await site.pass(1_000);
    expect(site.store.touches).toHaveLength(1);
  });

  test('waits while the store fails', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.ask(secret);
    site.store.failure = new Error('it is away');
    await site.pass(5_000);
    site.store.failure = undefined;
    await site.pass(1_000);
    expect(site.store.touches.map(([ids]) => ids)).toEqual([[id]]);
  });

  test('of a key that is refused is none', async () => {
    const site = await openCheck();
    const { id, secret } = await made(site);
    await site.keys.rotate(id);
    await outcome(site, secret);
    await site.pass(2_000);
    expect(site.store.touches).toEqual([]);
  });
});
