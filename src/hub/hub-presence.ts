import { promised } from '../promises.ts';
import type { Presence, PresenceView } from './presence.ts';
import { checkKey, readClaim, readPresenceQuery, writeInfo } from './presence-checks.ts';
import type { Claimant, PresencePort } from './presence-port.ts';

/** `context.presence`, and the part of `hub.presence` that reads. @param assertOpen Throws when it may not be used. */
export function presenceView(port: PresencePort, assertOpen: () => void = () => {}): PresenceView {
  return {
    get: (key) =>
      promised(() => {
        assertOpen();
        checkKey(key);
        return port.get(key);
      }),
    list: (options) =>
      promised(() => {
        assertOpen();
        return port.list(readPresenceQuery('list', options));
      }),
    count: (options) =>
      promised(() => {
        assertOpen();
        return port.count(readPresenceQuery('count', options).prefix);
      }),
  };
}

/** `hub.presence` of one call. */
export function callerPresence(
  port: PresencePort,
  claimant: Claimant,
  assertOpen: () => void,
): Presence & PresenceView {
  return {
    ...presenceView(port, assertOpen),
    claim: (key, info, options) =>
      promised(() => {
        assertOpen();
        return port.claim(claimant, readClaim(key, info, options, claimant.connectionId));
      }),
    update: (key, info) =>
      promised(() => {
        assertOpen();
        checkKey(key);
        return port.update(claimant, key, writeInfo(info));
      }),
    move: (from, to, info) =>
      promised(() => {
        assertOpen();
        checkKey(from);
        return port.move(claimant, from, readClaim(to, info, undefined, claimant.connectionId));
      }),
    release: (key) =>
      promised(() => {
        assertOpen();
        checkKey(key);
        return port.release(claimant, key);
      }),
  };
}
