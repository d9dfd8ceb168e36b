import { describe, expect, test } from 'vitest';
import { readKey } from '../../src/auth/key-format.ts';
import { digestOf } from '../../src/auth/key-secrets.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import { OptionsError } from '../../src/errors.ts';
import { createServer, StorageError } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const NOW = Date.UTC(2030, 0, 1);

async function openKeys() {
  const clock = new SimulatedClock();
  const storage = new MemoryStorage(undefined, clock);
  await storage.open(ALONE);
  return { clock, storage, keys: new StoredKeys(storage.keys, clock) };
}

describe('create', () => {
  test('makes a key for the user of its own id, and keeps a digest only', async () => {
    const { keys, storage } = await openKeys();
    const { key, secret } = await keys.create({ kind: 'virtual', name: 'Zoë 🚆' });
    expect(key).toEqual({
      id: readKey(secret)?.id,
      kind: 'virtual',
      name: 'Zoë 🚆',
      userId: key.id,
      roles: [],
      createdAt: NOW,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      lastFour: secret.slice(-4),
    });
    const row = await storage.keys.find(key.id);
    expect(row?.secrets).toEqual([{ number: 1, sha256: Uint8Array.from(digestOf(secret)), until: null }]);
    expect(JSON.stringify(row)).not.toContain(secret.slice(15, 47));
  });

  test('makes a key for a user, with roles and an end', async () => {
    const { keys } = await openKeys();
    const { key } = await keys.create({
      kind: 'master',
      name: 'm',
      userId: 'ada',
      roles: ['x', 'admin'],
      expiresAt: NOW + 1,
    });
    expect(key).toMatchObject({ kind: 'master', userId: 'ada', roles: ['x', 'admin'], expiresAt: NOW + 1 });
    expect(await keys.list()).toEqual([key]);
  });

  const virtual = { kind: 'virtual', name: 'a' };
  test.each([
    [undefined, /^keys\.create: kind is missing\. It must be one of virtual, master\.$/],
    [{ ...virtual, kind: 'admin' }, /kind is "admin", but it must be one of virtual, master/],
    [{ kind: 'virtual' }, /name is missing\. It must be a text of 1 to 100 characters that can be printed/],
    [{ ...virtual, name: '' }, /name is ""/],
    [{ ...virtual, name: ' ' }, /name is " "/],
    [{ ...virtual, name: 'x'.repeat(101) }, /name is "x+\.\.\.", but/],
    [{ ...virtual, name: 'a\u001b[31m' }, /must be a text of 1 to 100 characters that can be printed/],
    [{ ...virtual, name: '\u202eabc' }, /that can be printed/],
    [{ ...virtual, userId: '' }, /userId is "", but it must be a text of 1 to 200/],
    [{ ...virtual, roles: 'admin' }, /roles is "admin", but it must be a list of at most 100 names of roles/],
    [{ ...virtual, roles: ['a', ''] }, /roles\[1\] is ""/],
    [{ ...virtual, roles: Array(101).fill('a') }, /roles is \[.*\], but it must be a list of at most 100/],
    [{ ...virtual, roles: ['a', 'admin'] }, /a virtual key cannot have the role admin: it says what kind a key is/],
    [{ ...virtual, roles: ['master-key'] }, /cannot have the role master-key/],
    [{ ...virtual, roles: ['virtual-key'] }, /cannot have the role virtual-key/],
    [{ ...virtual, expiresAt: NOW }, /expiresAt is over already, but it must be in the future/],
    [{ ...virtual, expiresAt: '2030-01-01' }, /expiresAt is "2030-01-01", but it must be a whole number/],
    [{ ...virtual, expires: 7 }, /there is no option expires\. Did you mean expiresAt\?/],
  ])('%j is an error that says what to change', async (given, text) => {
    const { keys } = await openKeys();
    const made = keys.create(given as never);
    await expect(made).rejects.toThrow(OptionsError);
    await expect(made).rejects.toThrow(text);
    expect(await keys.list()).toEqual([]);
  });
});

describe('list', () => {
  test('has no digest of a secret', async () => {
    const { keys, clock } = await openKeys();
    const { key: one } = await keys.create({ kind: 'virtual', name: 'one' });
    clock.increment(1);
    const { key: two } = await keys.create({ kind: 'virtual', name: 'two' });
    expect(await keys.list()).toEqual([two, one]);
    for (const key of [two, one]) expect(key).not.toHaveProperty('secrets');
  });
});

describe('revoke', () => {
  test('ends a key, once', async () => {
    const { keys } = await openKeys();
    const { key } = await keys.create({ kind: 'virtual', name: 'a' });
    expect(await keys.revoke(key.id)).toBe(true);
    expect(await keys.revoke(key.id)).toBe(false);
    expect(await keys.revoke('aaaaaaaa')).toBe(false);
    expect(await keys.list()).toEqual([{ ...key, revokedAt: NOW }]);
  });
});

describe('rotate', () => {
  test('gives a key another secret; the older one is good until the end of the overlap', async () => {
    const { keys, storage } = await openKeys();
    const { key, secret: old } = await keys.create({ kind: 'virtual', name: 'a', userId: 'ada' });
    const { key: same, secret } = await keys.rotate(key.id, { overlapMs: 5_000 });
    expect(same).toEqual({ ...key, lastFour: secret.slice(-4) });
    expect(readKey(secret)).toEqual({ kind: 'virtual', id: key.id });
    expect((await storage.keys.find(key.id))?.secrets).toEqual([
      { number: 1, sha256: Uint8Array.from(digestOf(old)), until: NOW + 5_000 },
      { number: 2, sha256: Uint8Array.from(digestOf(secret)), until: null },
    ]);
  });

  test('never gives an older secret more time, and forgets it an hour after its end', async () => {
    const { keys, storage, clock } = await openKeys();
    const { key } = await keys.create({ kind: 'virtual', name: 'a' });
    await keys.rotate(key.id, { overlapMs: 5_000 });
    clock.increment(1_000);
    await keys.rotate(key.id, { overlapMs: 9_000 });
    const ends = async () => (await storage.keys.find(key.id))?.secrets.map(({ number, until }) => [number, until]);
    expect(await ends()).toEqual([
      [1, NOW + 5_000],
      [2, NOW + 10_000],
      [3, null],
    ]);
    await keys.rotate(key.id);
    expect(await ends()).toEqual([
      [1, NOW + 1_000],
      [2, NOW + 1_000],
      [3, NOW + 1_000],
      [4, null],
    ]);
    clock.increment(3_600_000);
    await keys.rotate(key.id);
    expect(await ends()).toEqual([
      [4, NOW + 3_601_000],
      [5, null],
    ]);
  });

  test('keeps at most eight older secrets good', async () => {
    const { keys } = await openKeys();
    const { key } = await keys.create({ kind: 'virtual', name: 'a' });
    for (let n = 0; n < 8; n += 1) await keys.rotate(key.id, { overlapMs: 5_000 });
    await expect(keys.rotate(key.id, { overlapMs: 5_000 })).rejects.toThrow(/has 8 older secrets that are good\. Wait/);
    await keys.rotate(key.id);
  });

  test('is for keys that are good', async () => {
    const { keys, clock } = await openKeys();
    const [gone, over] = await Promise.all([
      keys.create({ kind: 'virtual', name: 'a' }),
      keys.create({ kind: 'virtual', name: 'b', expiresAt: NOW + 1 }),
    ]);
    await keys.revoke(gone.key.id);
    clock.increment(1);
    await expect(keys.rotate(gone.key.id)).rejects.toThrow(
      `keys.rotate: the key ${gone.key.id} was revoked: make a new`,
    );
    await expect(keys.rotate(over.key.id)).rejects.toThrow(
      `keys.rotate: the key ${over.key.id} has expired: make a new`,
    );
    await expect(keys.rotate('aaaaaaaa')).rejects.toThrow('keys.rotate: there is no key with this id.');
    await expect(keys.rotate(over.key.id, { overlapMs: -1 })).rejects.toThrow(
      /overlapMs is -1, but it must be a whole/,
    );
  });

  test('by two at the same time gives one of them an error, and loses no secret', async () => {
    const { keys, storage } = await openKeys();
    const { key } = await keys.create({ kind: 'virtual', name: 'a' });
    const both = await Promise.allSettled([keys.rotate(key.id), keys.rotate(key.id)]);
    const [made] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value.secret] : []));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const row = await storage.keys.find(key.id);
    expect(row?.secrets.at(-1)?.sha256).toEqual(Uint8Array.from(digestOf(made ?? '')));
  });
});

test.each([undefined, '', 'aB3dE5g', 'aB3dE5gH1', 7, 'sb_vk_hunter2'])(
  'an id %j is an error that does not quote it',
  async (id) => {
    const { keys } = await openKeys();
    for (const asked of [keys.revoke(id as string), keys.rotate(id as string)]) {
      await expect(asked).rejects.toThrow(
        /^keys\.(revoke|rotate): got .*, expected the id of a key: 8 letters and digits/,
      );
      await expect(asked).rejects.not.toThrow(/hunter2/);
    }
  },
);

describe('the keys of a server', () => {
  test('can be used before it listens, and not when it has closed', async () => {
    const server = createServer({ hubs: {}, storage: 'memory:', logLevel: 'silent' });
    const { key } = await server.keys.create({ kind: 'virtual', name: 'a' });
    expect(await server.keys.list()).toEqual([key]);
    await server.close();
    await expect(server.keys.list()).rejects.toThrow('This server has been closed');
  });

  test('need a storage with keys', async () => {
    const server = createServer({ hubs: {}, logLevel: 'silent' });
    expect(() => server.keys).toThrow(OptionsError);
    expect(() => server.keys).toThrow("keys: this server has no storage. Give createServer one, such as 'sqlite:");
    const { sessions } = new MemoryStorage();
    const storage = { sessions, open: async () => ({ lost: 0 }), close: async () => {} };
    expect(() => createServer({ hubs: {}, storage, logLevel: 'silent' }).keys).toThrow('has a storage without keys');
  });

  test('reject with what is wrong with the storage', async () => {
    const server = createServer({ hubs: {}, storage: 'sqlite:/dev/null/a.db', logLevel: 'silent' });
    await expect(server.keys.list()).rejects.toThrow(StorageError);
    await server.close();
  });
});
