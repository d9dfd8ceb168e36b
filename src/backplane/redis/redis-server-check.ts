import { BackplaneError } from '../backplane.ts';

const LEAST_MAJOR = 7;

/**
 * Checks what a server says of itself as the answer to HELLO, which needs no permission.
 *
 * @param reply Names and values by turns.
 * @param place Host and port.
 * @throws {BackplaneError} when it is too old, runs in cluster mode, is a Sentinel, or a replica.
 */
export function checkServer(reply: unknown, place: string): void {
  const said = new Map<unknown, unknown>();
  const parts = Array.isArray(reply) ? reply : [];
  for (let at = 0; at + 1 < parts.length; at += 2) said.set(parts[at], parts[at + 1]);
  const version = String(said.get('version'));
  const shown = /^[\w.-]{1,20}$/.test(version) ? version : 'of an unknown version';
  if (!(Number.parseInt(version, 10) >= LEAST_MAJOR))
    throw refused(`Redis at ${place} is ${shown}, but it must be Redis ${LEAST_MAJOR} or newer, or Valkey.`);
  const mode = said.get('mode');
  if (mode === 'cluster')
    throw refused(
      `Redis at ${place} runs in cluster mode (cluster_enabled:1), which cannot be used: name one without.`,
    );
  if (mode === 'sentinel')
    throw refused(`${place} is a Sentinel: name it as redis-sentinel://HOST:PORT/MASTER, or name a Redis.`);
  if (said.get('role') === 'master') return;
  throw new BackplaneError(
    'unreachable',
    `Redis at ${place} is a replica: name the Redis that takes writes, or its Sentinels as redis-sentinel://.`,
  );
}

function refused(text: string): BackplaneError {
  return new BackplaneError('refused', text);
}
