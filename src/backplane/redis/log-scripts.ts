import { KNOWN_ID_MS } from '../log-store.ts';
import { type RedisScript, script } from './redis-script.ts';

/**
 * What is kept of a log, under five kinds of keys:
 * - KEYS[1], a hash: the epoch `e`, the number `s` of the newest entry, the number `b` from which the epoch goes on, and
 *   the number `r` of removals in it. It outlives the entries.
 * - KEYS[2], a stream: the entries. The id of an entry is its number, so a hole is a removed entry, or a lost one.
 * - KEYS[3], a hash: the numbers of the entries, by the ids of their messages.
 * - KEYS[4], a sorted set: removed entries by their numbers.
 * - KEYS[5], for a message with an id: its position, for some minutes. It outlives the entry.
 *
 * Arguments of all scripts: the milliseconds for which an entry is kept; the epoch that begins if a new one has to; the
 * number of positions that the node has seen, and these, two arguments each.
 *
 * The stream says itself how far its numbers have gone when the hash was evicted. When both are gone, numbers begin at 1
 * again, and what is left of the entries before says nothing of those.
 */
const OPEN = `
  local function text(number) return string.format('%.0f', number) end
  local function offsetOf(id) return tonumber(string.match(id, '^%d+')) end
  local function endOfStream()
    if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
    local info = redis.call('XINFO', 'STREAM', KEYS[2])
    for field = 1, #info, 2 do
      if info[field] == 'last-generated-id' then return offsetOf(info[field + 1]) end
    end
  end
  local ttl, at = tonumber(ARGV[1]), 0
  do
    local time = redis.call('TIME')
    at = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local state = redis.call('HMGET', KEYS[1], 'e', 's', 'b', 'r')
  local epoch, last, base, removals = state[1], tonumber(state[2] or 0), tonumber(state[3] or 0), tonumber(state[4] or 0)
  local seen = tonumber(ARGV[3])
  local isNew = not epoch
  for pair = 1, seen do
    if ARGV[2 + 2 * pair] == epoch and tonumber(ARGV[3 + 2 * pair]) > last then isNew = true end
  end
  if isNew then
    if not epoch then last = endOfStream() end
    epoch, base, removals = ARGV[2], last, 0
    redis.call('HSET', KEYS[1], 'e', epoch, 's', text(last), 'b', text(base), 'r', 0)
    redis.call('PEXPIRE', KEYS[1], 2 * ttl)
    if last == 0 then redis.call('DEL', KEYS[3], KEYS[4]) end
  end
  local rest = 3 + 2 * seen
  local function isOld(entry) return tonumber(entry[2][2]) <= at - ttl end
  local function entryAt(number) return redis.call('XRANGE', KEYS[2], number .. '-0', number .. '-0')[1] end
  local function head(offset, moment, id)
    return table.concat({ epoch, text(base), text(last), text(removals), text(offset), text(moment), #id }, ' ') .. '\\n' .. id
  end`;

/**
 * Adds an entry. Further arguments: the size of the log, the id of the message or nothing, the bytes, and the channel of
 * those who follow it. With each entry at most two old ones go, so no call takes long.
 *
 * An entry that cannot be added because the stream is ahead of the hash takes the place of the stream. When it cannot be
 * added for another reason, as without memory or without the right to, nothing may change: so the first write is that
 * of the entry, whenever no old one goes.
 *
 * @returns epoch, number and moment; then, unless it is a repeated one, base and removals.
 */
export const APPEND_ENTRY = script(`${OPEN}
  local size, id, bytes, channel = tonumber(ARGV[rest + 1]), ARGV[rest + 2], ARGV[rest + 3], ARGV[rest + 4]
  if id ~= '' then
    local known = redis.call('GET', KEYS[5])
    if known then
      local itsEpoch, number, moment = string.match(known, '^(%S+) (%d+) (%d+)$')
      return { itsEpoch, number, moment }
    end
  end
  last = last + 1
  local gone = last - size
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 2)) do
    local number, oldId = offsetOf(entry[1]), entry[2][4]
    if number <= gone or isOld(entry) then
      local isIts = oldId ~= '' and redis.call('HGET', KEYS[3], oldId) == text(number)
      if isIts then redis.call('HDEL', KEYS[3], oldId) end
      gone = math.max(gone, number)
    end
  end
  local function add(call)
    local first = text(math.max(0, gone + 1)) .. '-0'
    local reply = call('XADD', KEYS[2], 'MINID', first, text(last) .. '-0', 't', text(at), 'i', id, 'd', bytes)
    return reply
  end
  if type(add(redis.pcall)) == 'table' then
    local isAhead = endOfStream() >= last
    if isAhead then redis.call('DEL', KEYS[2], KEYS[3], KEYS[4]) end
    add(redis.call)
  end
  redis.call('HSET', KEYS[1], 's', text(last))
  redis.call('PEXPIRE', KEYS[1], 2 * ttl)
  redis.call('PEXPIRE', KEYS[2], ttl)
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', text(gone))
  if id ~= '' then
    redis.call('SET', KEYS[5], epoch .. ' ' .. text(last) .. ' ' .. text(at), 'PX', ${KNOWN_ID_MS})
    redis.call('HSET', KEYS[3], id, text(last))
    redis.call('PEXPIRE', KEYS[3], ttl)
  end
  redis.call('PUBLISH', channel, head(last, at, id) .. bytes)
  return { epoch, text(last), text(at), text(base), text(removals) }`);

/**
 * Empties the entry of a message. Further arguments: its id, and the channel of those who follow the log.
 *
 * @returns epoch, base, latest number and removals; nothing: it is not kept.
 */
export const REMOVE_ENTRY = script(`${OPEN}
  local id, channel = ARGV[rest + 1], ARGV[rest + 2]
  local number = redis.call('HGET', KEYS[3], id)
  local entry = number and entryAt(number)
  if not entry or isOld(entry) then return {} end
  redis.call('XDEL', KEYS[2], entry[1])
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZADD', KEYS[4], number, number .. ' ' .. entry[2][2] .. ' ' .. id)
  redis.call('PEXPIRE', KEYS[4], 2 * ttl)
  removals = removals + 1
  redis.call('HSET', KEYS[1], 'r', removals)
  redis.call('PUBLISH', channel, head(tonumber(number), entry[2][2], id))
  return { epoch, text(base), text(last), text(removals) }`);

/**
 * Reads entries. Further arguments: 'after' with a number, 'behind' with the id of a message, or 'before' with a number
 * or nothing; the limit; and 1 if nothing is wanted unless it is enough for all. The limit is for entries that are kept:
 * those that are too old may still stand in front.
 *
 * @returns epoch, base, last number, removals, the moment, the number behind which was read or nothing; entries; removed
 *   entries.
 */
export const READ_ENTRIES = script(`${OPEN}
  local how, from, limit, isWhole = ARGV[rest + 1], ARGV[rest + 2], tonumber(ARGV[rest + 3]), ARGV[rest + 4] == '1'
  local after, entries, removed = '', {}, {}
  local function behind(number) return redis.call('XRANGE', KEYS[2], '(' .. number .. '-0', '+', 'COUNT', limit) end
  local function lastOld(low)
    local high = last + 1
    while high - low > 1 do
      local middle = math.floor((low + high) / 2)
      local entry = redis.call('XRANGE', KEYS[2], text(middle) .. '-0', '+', 'COUNT', 1)[1]
      if entry and isOld(entry) then low = offsetOf(entry[1]) else high = middle end
    end
    return text(low)
  end
  if how == 'before' then
    local first = from == '' and '+' or '(' .. from .. '-0'
    entries = redis.call('XREVRANGE', KEYS[2], first, '-', 'COUNT', limit)
    removed = redis.call('ZREVRANGEBYSCORE', KEYS[4], from == '' and '+inf' or '(' .. from, '-inf', 'LIMIT', 0, limit)
  else
    after = from
    if how == 'behind' then
      local number = redis.call('HGET', KEYS[3], from)
      local entry = number and entryAt(number)
      after = entry and not isOld(entry) and number or ''
    end
    if after ~= '' and not (isWhole and last - tonumber(after) > limit) then
      local start = after
      entries = behind(start)
      if entries[1] and isOld(entries[1]) then
        start = lastOld(offsetOf(entries[1][1]))
        entries = behind(start)
      end
      removed = redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. start, '+inf', 'LIMIT', 0, limit)
    end
  end
  return { epoch, text(base), text(last), text(removals), text(at), after, entries, removed }`);

export const LOG_SCRIPTS: readonly RedisScript[] = [APPEND_ENTRY, REMOVE_ENTRY, READ_ENTRIES];
