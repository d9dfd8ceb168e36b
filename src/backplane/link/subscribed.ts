import type { Backplane } from '../backplane.ts';
import type { HeardChannels } from './heard-channels.ts';
import type { SubscriptionsParts } from './subscriptions.ts';

/** What subscriptions are to: channels, or logs. */
type Subscribed = Pick<SubscriptionsParts, 'subscribe' | 'unsubscribe' | 'confirmed' | 'ended'>;

/** Subscriptions to channels, of which it is watched whether something is missing. */
export function channelsOf(backplane: Backplane, heard: HeardChannels): Subscribed {
  return {
    subscribe: (channels) => backplane.subscribe(channels),
    unsubscribe: (channels) => backplane.unsubscribe(channels),
    confirmed: (channel) => heard.subscribed(channel),
    ended: (channel) => heard.unsubscribed(channel),
  };
}

/** Subscriptions to logs: their entries are numbered. */
export function logsOf({ logs }: Backplane): Subscribed {
  return {
    subscribe: (names) => logs.follow(names),
    unsubscribe: (names) => logs.unfollow(names),
    confirmed() {},
    ended() {},
  };
}
