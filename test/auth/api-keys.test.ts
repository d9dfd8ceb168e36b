import { describe, expect, test } from 'vitest';
import { apiKeys, newMasterKey, UnauthorizedError } from '../../src/auth/index.ts';
import { newKey } from '../../src/auth/key-format.ts';
import { OptionsError } from '../../src/errors.ts';
import { keyRow } from '../../src/testing/key-rows.ts';
import { authServices } from '../support/auth-services.ts';
import { KeySite, mistyped } from '../support/key-site.ts';

describe('an API key', () => {
  test('has the user that it was made for', async () => {
    const site = await KeySite.open();
    const expiresAt = site.clock.wallNow() + 5_000;
    const { key, secret } = await site.keys.create({
      kind: 'virtual',
      name: 'a',
      userId: 'ada',
      roles: ['x'],
      expiresAt,
    });
    expect(site.answer(secret)).toBeInstanceOf(Promise);
    expect(await site.userOf(secret)).toEqual({
      id: 'ada',
      roles: ['x', 'virtual-key'],
      credentialId: `${key.id}.1`,
      issuedAt: key.createdAt,
      expiresAt,
    });
    // Polls and POSTs need not wait.
    expect(site.answer(secret)).toMatchObject({ id: 'ada' });
    const master = await site.keys.create({ kind: 'master', name: 'm', roles: ['y', 'admin'] });
    expect(await site.userOf(master.secret)).toEqual({
      id: master.key.id,
      roles: ['y', 'master-key', 'admin'],
      credentialId: `${master.key.id}.1`,
      issuedAt: key.createdAt,
    });
  });

  test('that is mistyped is refused before the store is asked', async () => {
    const site = await KeySite.open();
    const { secret } = await site.keys.create({ kind: 'virtual', name: 'a' });
    for (const at of [8, 20, 52]) expect(await site.userOf(mistyped(secret, at))).toMatch(/checksum .* is wrong/);
    expect(await site.userOf(secret.slice(0, -1))).toMatch(/checksum .* is wrong/);
    expect(site.store.asked).toEqual({});
  });

  test('that is unknown, of another secret, revoked or expired is refused, and the text quotes no part of it', async () => {
    const site = await KeySite.open();
    const made = await site.keys.create({ kind: 'virtual', name: 'a' });
    const other = await site.keys.create({ kind: 'virtual', name: 'b', expiresAt: site.clock.wallNow() + 1 });
    const gone = await site.keys.create({ kind: 'virtual', name: 'c' });
    await site.keys.revoke(gone.key.id);
    site.clock.increment(1);
    const { secret: wrong } = await site.keys.rotate(made.key.id);
    // In another storage the same key has another secret.
    await site.storage.keys.put({
      ...keyRow(made.key.id),
      secrets: [{ number: 3, sha256: new Uint8Array(32), until: null }],
    });
    const cases: [string, RegExp, string | undefined][] = [
      [newMasterKey(), /^No API key has this id\.$/, undefined],
      [wrong, /^The secret of this API key is wrong\.$/, made.key.id],
      [other.secret, /^This API key has expired\.$/, other.key.id],
      [gone.secret, /^This API key was revoked\.$/, gone.key.id],
    ];
    for (const [key, text, keyId] of cases) {
      const error = await Promise.resolve(site.answer(key)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnauthorizedError);
      expect(error).toMatchObject({ message: expect.stringMatching(text), keyId });
      // Again, when it is remembered.
      expect(await site.userOf(key)).toMatch(text);
    }
  });

  test('of another digest length in a store of a user is refused', async () => {
    const site = await KeySite.open();
    const { key, secret } = await site.keys.create({ kind: 'virtual', name: 'a' });
    await site.storage.keys.put(keyRow(key.id, { secrets: [{ number: 2, sha256: new Uint8Array(3), until: null }] }));
    expect(await site.userOf(secret)).toMatch(/secret .* is wrong/);
  });

  test('has no role of another kind, whatever its row says', async () => {
    const site = await KeySite.open();
    const { key, secret } = await site.keys.create({ kind: 'virtual', name: 'a' });
    const row = await site.storage.keys.find(key.id);
    if (row !== undefined) await site.storage.keys.put({ ...row, roles: ['admin', 'x', 'master-key'] });
    expect(await site.userOf(secret)).toMatchObject({ roles: ['x', 'virtual-key'] });
  });

  test('is something else than other credentials: those are refused, and without one the caller is nobody', async () => {
    const site = await KeySite.open();
    for (const other of ['', 'abc', 'sb_xx_aB3dE5gH_', 'eyJhbGciOiJIUzI1NiJ9.e30.x'])
      expect(await site.userOf(other)).toBe('Nobody knows this credential.');
    const inner = apiKeys({ masterKey: newMasterKey() });
    const request = { headers: {}, query: new URLSearchParams(), url: '/hub', remoteAddress: '' };
    expect(await inner(request, {} as never)).toBeNull();
  });
});

describe('a master key of the configuration', () => {
  test('is the user master, and in no store', async () => {
    const masterKey = newMasterKey();
    const site = await KeySite.open({ masterKey });
    expect(await site.userOf(masterKey)).toEqual({
      id: 'master',
      roles: ['master-key', 'admin'],
      credentialId: `${masterKey.slice(6, 14)}.0`,
    });
    expect(site.store.asked).toEqual({});
    expect(await site.userOf(newMasterKey())).toBe('No API key has this id.');
    const { secret } = await site.keys.create({ kind: 'virtual', name: 'a' });
    expect(await site.userOf(secret)).toMatchObject({ roles: ['virtual-key'] });
  });

  test.each([
    ['the beginning of one', 'sb_mk_hunter2'],
    ['a password', 'hunter2'],
    ['empty', ''],
    ['mistyped', mistyped(newMasterKey(), 30)],
    ['a virtual key', newKey('virtual').text],
    ['a number', 7 as unknown as string],
  ])('that is %s is an error that does not quote it', (_what, masterKey) => {
    const made = () => apiKeys({ masterKey });
    expect(made).toThrow(OptionsError);
    expect(made).toThrow(/^apiKeys: masterKey is (a|an empty) \w+, but it must be a master key: sb_mk_/);
    expect(made).not.toThrow(/hunter2|_[mv]k_\w{8}_/);
  });
});

describe('the authenticator', () => {
  const services = ({ clock, log }: KeySite) => authServices({ clock, log });

  test('needs a store, or a master key', async () => {
    const site = await KeySite.open();
    expect(() => apiKeys().attach?.(services(site))).toThrow(OptionsError);
    expect(() => apiKeys().attach?.(services(site))).toThrow(/there is no store of keys: give createServer a storage/);
    for (const options of [{ store: site.store }, { masterKey: newMasterKey() }]) {
      const authenticate = apiKeys(options);
      const detach = authenticate.attach?.(services(site));
      await expect(
        (async () =>
          authenticate(
            { headers: { 'x-api-key': newMasterKey() }, query: new URLSearchParams(), url: '', remoteAddress: '' },
            {} as never,
          ))(),
      ).rejects.toThrow('No API key has this id.');
      detach?.();
    }
  });

  test('belongs to one server at a time', async () => {
    const site = await KeySite.open();
    const authenticate = apiKeys({ store: site.store });
    const detach = authenticate.attach?.(services(site));
    expect(() => authenticate.attach?.(services(site))).toThrow(/it belongs to another server: make one for each/);
    detach?.();
    authenticate.attach?.(services(site))();
    const { secret } = await site.keys.create({ kind: 'virtual', name: 'a' });
    const request = { headers: { 'x-api-key': secret }, query: new URLSearchParams(), url: '', remoteAddress: '' };
    await expect((async () => authenticate(request, {} as never))()).rejects.toThrow(
      /it has no server: give it to createServer/,
    );
  });

  test('refuses options that it does not know', () => {
    expect(() => apiKeys({ stor: {} } as never)).toThrow(/there is no option stor\. Did you mean store\?/);
    expect(() => apiKeys({ store: {} } as never)).toThrow(
      /store is an object, but it must be .* find, changesSince, touched/,
    );
  });

  test('leaves no timer when it is let go of', async () => {
    const site = await KeySite.open();
    const authenticate = apiKeys({ store: site.store });
    const before = site.clock.pending;
    const detach = authenticate.attach?.(services(site));
    const { secret } = await site.keys.create({ kind: 'virtual', name: 'a' });
    const request = { headers: { 'x-api-key': secret }, query: new URLSearchParams(), url: '', remoteAddress: '' };
    await authenticate(request, {} as never);
    expect(site.clock.pending).toBe(before + 1);
    detach?.();
    expect(site.clock.pending).toBe(before);
  });
});
