import { nanoid } from 'nanoid';
import { defer } from '../../promises.ts';
import { PRESENCE_SCRIPTS } from './presence-scripts.ts';
import type { RedisClient } from './redis-client.ts';
import type { RedisKeys } from './redis-keys.ts';
import { RELEASE_LEASE, SCRIPTS } from './redis-scripts.ts';
import { checkServer } from './redis-server-check.ts';

export interface ClientPair {
  /** Publishes, and runs scripts. */
  readonly publisher: RedisClient;
  readonly subscriber: RedisClient;
}

/**
 * Connects two clients, and finds out whether they can do what later calls need: the server is one that we can use, it
 * has our scripts, and what one client publishes the other one gets.
 *
 * @throws {BackplaneError}
 */
export async function prepareClients(pair: ClientPair, keys: RedisKeys, database: number): Promise<void> {
  const { publisher, subscriber } = pair;
  await Promise.all([publisher, subscriber].map(connect));
  if (database !== 0) await publisher.ask((redis) => redis.select(database));
  await Promise.all(
    [...SCRIPTS, ...PRESENCE_SCRIPTS].map(({ lua }) => publisher.ask((redis) => redis.script('LOAD', lua))),
  );
  const nobody = nanoid();
  await publisher.ask((redis) => redis.evalsha(RELEASE_LEASE.sha, 2, keys.lease(nobody), keys.nodes, nobody, nobody));
  await tryChannel(pair, keys.trial(nobody));
}

async function connect(client: RedisClient): Promise<void> {
  await client.connect();
  checkServer(await client.ask((redis) => redis.call('HELLO')), client.place);
}

/** Two connections to one name may lead to two servers: behind a balancer, or during a failover. */
async function tryChannel({ publisher, subscriber }: ClientPair, channel: string): Promise<void> {
  const arrived = defer();
  const stop = subscriber.onMessage(() => arrived.resolve());
  await subscriber.ask((redis) => redis.subscribe(channel));
  await publisher.ask((redis) => redis.publish(channel, ''));
  await Promise.race([arrived.promise, subscriber.ended]);
  stop();
  await subscriber.ask((redis) => redis.unsubscribe(channel));
}
