import type { Clock } from '../../clock.ts';
import type { ModerationStore } from '../moderation-store.ts';
import { MODERATION_METHODS } from '../rows/store-methods.ts';
import { remoteStore } from './remote-store.ts';
import type { CallThread } from './topics.ts';

/**
 * Makes a store of moderation in a SQLite database, which a thread of its own reads and writes.
 *
 * @param clock Tells when a sanction changes.
 */
export function sqliteModeration(call: CallThread, clock: Pick<Clock, 'wallNow'>): ModerationStore {
  const { impose: _impose, lift: _lift, ...methods } = MODERATION_METHODS;
  const rest = remoteStore<Omit<ModerationStore, 'impose' | 'lift'>>('moderation', methods, call);
  return {
    ...rest,
    impose: (sanction) => call('moderation', 'impose', sanction, clock.wallNow()),
    lift: (kind, user, at) => call('moderation', 'lift', kind, user, at, clock.wallNow()),
  };
}
