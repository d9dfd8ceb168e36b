import type { PresenceChange } from '../../hub/presence.ts';
import { changesOf } from './presence-entry.ts';
import type { PresenceLink } from './presence-link.ts';

/** Milliseconds in which others come back who have shared a lost key, and must not tell that once more: a day. */
const LATE_MS = 86_400_000;

export interface LateLeftParts {
  readonly hub: string;
  readonly link: PresenceLink;
  readonly tell: (change: PresenceChange) => void;
}

/**
 * Tells that a key was let go which the store had lost, unless another node does: several may have shared it.
 *
 * @param told What was told of the key at last.
 */
export function tellLateLeft({ hub, link, tell }: LateLeftParts, key: string, told: string): void {
  const [left] = changesOf(key, { told, holder: undefined, removed: [] });
  if (left === undefined) return;
  const name = `presence:${hub}:left:${key}:${left.entry.as}:${left.entry.since}`;
  void link.takeTurn(name, LATE_MS).then(
    (isOurs) => {
      if (isOurs) tell(left);
    },
    () => {},
  );
}
