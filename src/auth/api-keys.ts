import { OptionsError, UnauthorizedError } from '../errors.ts';
import { having, must, type Rules, readOptions } from '../option-checks.ts';
import type { KeyStore } from '../storage/key-store.ts';
import { kindOf } from '../value-texts.ts';
import type { Authenticator } from './authenticator.ts';
import { apiKeyOf } from './credential.ts';
import { KeyCheck } from './key-check.ts';
import { beginsAsKey, readKey } from './key-format.ts';
import { digestOf, isSame } from './key-secrets.ts';
import { configuredMaster } from './key-users.ts';
import { strict } from './strict.ts';

/** Options of `apiKeys`. */
export interface ApiKeysOptions {
  /** Where the keys are. Default: the storage of the server. */
  readonly store?: KeyStore;
  /**
   * A master key of the configuration, of the form `sb_mk_...` (`newMasterKey()` makes one). Its user is `master`, with
   * the roles `master-key` and `admin`. It is in no list, and is changed by another start only. Default: none.
   */
  readonly masterKey?: string;
}

const STORE_METHODS = ['find', 'changesSince', 'touched'] as const;

const RULES = {
  store: having<KeyStore>(STORE_METHODS),
  masterKey: must(
    'a master key: sb_mk_, an id, a secret and a checksum, as newMasterKey() makes it',
    (value) => typeof value === 'string' && readKey(value)?.kind === 'master',
    kindOf,
  ),
} satisfies Rules<ApiKeysOptions>;

/**
 * An authenticator for API keys: as `Authorization: Bearer`, `access_token` or `X-API-Key`. A key that is revoked,
 * expired, mistyped or unknown is refused, also on hubs for everybody. Belongs to one server.
 *
 * The user of a virtual key has the id and the roles that the key was made with, and the role `virtual-key`; that of a
 * master key has the roles `master-key` and `admin`. Changes of keys by `server.keys` take effect at once, those by other
 * processes within two seconds; when the store cannot be read, keys that were read before are taken for good for 30
 * seconds.
 *
 * @throws {OptionsError} for a wrong option; and from `createServer` when there is neither a store nor a master key.
 */
export function apiKeys(options?: ApiKeysOptions): Authenticator {
  const { store, masterKey } = readOptions('apiKeys', options, RULES);
  const master = masterKey === undefined ? undefined : masterOf(masterKey);
  let isAttached = false;
  let check: KeyCheck | undefined;
  const authenticator: Authenticator = (request) => {
    const text = apiKeyOf(request);
    if (text === undefined || !beginsAsKey(text)) return null;
    const key = readKey(text);
    if (key === undefined)
      throw new UnauthorizedError('The checksum of an API key is wrong: it is mistyped or cut off.');
    const digest = digestOf(text);
    if (master !== undefined && isSame(digest, master.sha256)) return master.user;
    if (check !== undefined) return check.userOf(key.id, digest);
    if (!isAttached) throw new OptionsError('apiKeys: it has no server: give it to createServer({ authenticate }).');
    throw new UnauthorizedError('No API key has this id.');
  };
  authenticator.attach = (services) => {
    if (isAttached) throw new OptionsError('apiKeys: it belongs to another server: make one for each server.');
    const keys = store ?? services.keys;
    if (keys === undefined && master === undefined) {
      throw new OptionsError(
        "apiKeys: there is no store of keys: give createServer a storage, such as 'sqlite:data/signalbox.db', or apiKeys a store or a masterKey.",
      );
    }
    isAttached = true;
    const attached = keys && new KeyCheck(keys, services);
    check = attached;
    return () => {
      attached?.close();
      check = undefined;
      isAttached = false;
    };
  };
  return strict(authenticator);
}

function masterOf(text: string) {
  return { sha256: digestOf(text), user: configuredMaster(readKey(text)?.id ?? '') };
}
