import type { Published } from '../backplane.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { Redis } from './redis-package.ts';

/** Bytes of messages, with their channels. */
export function sizeOf(messages: readonly Published[]): number {
  let size = 0;
  for (const { channel, bytes } of messages) size += channel.length + bytes.length;
  return size;
}

/** Publishes all messages in one write. Their order is that of the list. @throws the first error of Redis. */
export async function publishAll(redis: Redis, keys: RedisKeys, messages: readonly Published[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const { channel, bytes } of messages)
    pipeline.publish(keys.channel(channel), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}
