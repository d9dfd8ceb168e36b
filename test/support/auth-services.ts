import type { AuthServices } from '../../src/auth/authenticator.ts';
import { StoreWatch } from '../../src/auth/store-watch.ts';
import { systemClock } from '../../src/clock.ts';
import { CollectedLog } from './collected-log.ts';

/** Services of a server without a storage, for an authenticator that is attached to no server. */
export function authServices(given: Partial<AuthServices> = {}): AuthServices {
  const { clock = systemClock } = given;
  return {
    keys: undefined,
    clock,
    log: new CollectedLog(),
    revoked: () => {},
    watch: (store, watcher) => new StoreWatch({ store, clock }).add(watcher),
    ...given,
  };
}
