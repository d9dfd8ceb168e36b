import { LOG_SCRIPTS } from './log-scripts.ts';
import { PRESENCE_SCRIPTS } from './presence-scripts.ts';
import { type RedisScript, script } from './redis-script.ts';

/** Takes or renews a lease. @returns the outcome, and for each node that is alive its id, its boot and its milliseconds. */
export const RENEW_LEASE = script(`
  local lease, nodes = KEYS[1], KEYS[2]
  local leases, node, boot, ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
  local holder = redis.call('GET', lease)
  local outcome = 'refused'
  if not holder or holder == boot then
    outcome = holder and 'kept' or 'taken'
    redis.call('SET', lease, boot, 'PX', ms)
    redis.call('SADD', nodes, node)
    local remaining = redis.call('PTTL', nodes)
    if remaining < ms then redis.call('PEXPIRE', nodes, ms) end
  end
  local alive = {}
  for _, id in ipairs(redis.call('SMEMBERS', nodes)) do
    local key = leases .. id
    local holds = redis.call('GET', key)
    if holds then
      alive[#alive + 1] = { id, holds, redis.call('PTTL', key) }
    else
      redis.call('SREM', nodes, id)
    end
  end
  return { outcome, alive }`);

/** Ends a lease of a boot. */
export const RELEASE_LEASE = script(`
  if redis.call('GET', KEYS[1]) == ARGV[2] then
    redis.call('DEL', KEYS[1])
    redis.call('SREM', KEYS[2], ARGV[1])
  end
  return 1`);

/**
 * Takes tokens. Kept of a bucket are the number of tokens that have not come back, and the microsecond in which that was
 * so, until it is full again. The small number is what arithmetic with fractions may lose.
 *
 * @returns how many were taken, and the milliseconds until there is one.
 */
export const TAKE_TOKENS = script(`
  local rate, burst, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local used, at = 0, now
  local kept = redis.call('GET', KEYS[1])
  if kept then
    local first, second = string.match(kept, '^(%S+) (%S+)$')
    used, at = tonumber(first), tonumber(second)
  end
  used = math.max(0, used - math.max(0, now - at) * rate / 1000000)
  local taken = math.max(0, math.min(count, math.floor(burst - used + 0.000001)))
  used = used + taken
  if used > 0 then
    local text = string.format('%.17g %.0f', used, now)
    redis.call('SET', KEYS[1], text, 'PX', math.max(1, math.ceil(used / rate * 1000)))
  end
  local missing = used + 1 - burst
  return { taken, missing <= 0.000001 and 0 or math.ceil(missing / rate * 1000) }`);

export const SCRIPTS: readonly RedisScript[] = [
  ...[RENEW_LEASE, RELEASE_LEASE, TAKE_TOKENS],
  ...LOG_SCRIPTS,
  ...PRESENCE_SCRIPTS,
];
