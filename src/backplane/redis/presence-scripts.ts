import { script } from './redis-script.ts';

/**
 * What all scripts of presence begin with. Their only key is the base of the names of a hub:
 *
 * - `BASE:boots`: the node of each boot that may write; `BASE:numbers`: the number of its latest write; `BASE:dead`: the
 *   moment at which it was found dead
 * - `BASE:boot:BOOT`: keys that it claims, or of which it has to tell something
 * - `BASE:keys`: all keys that have a holder, in the order of their bytes
 * - `BASE:key:KEY`: the holder, `at:BOOT` with connections as JSON, what was told, and who has to tell a change
 * - `BASE:epoch`, and `BASE:recovery` while keys are kept for those who had them
 */
const BEGIN = `
  local base, leases = KEYS[1], ARGV[1]
  local living = {}
  local function alive(boot)
    if living[boot] == nil then
      local node = redis.call('HGET', base .. ':boots', boot)
      living[boot] = node and redis.call('GET', leases .. node) == boot
    end
    return living[boot]
  end
  local function milliseconds()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local function read(key)
    local entry, at = {}, {}
    local fields = redis.call('HGETALL', base .. ':key:' .. key)
    for n = 1, #fields, 2 do
      local boot = string.match(fields[n], '^at:(.*)$')
      if boot then at[boot] = fields[n + 1] else entry[fields[n]] = fields[n + 1] end
    end
    return entry, at
  end
  local function here(at)
    local ids = {}
    for boot, list in pairs(at) do if alive(boot) then ids[#ids + 1] = list end end
    return ids
  end
  local function unregister(boot)
    for _, name in ipairs({ ':boots', ':numbers', ':dead' }) do redis.call('HDEL', base .. name, boot) end
  end`;

/** Milliseconds for which the name of an epoch is kept when no node is there any more: a day. */
const EPOCH_MS = 86_400_000;

/** Registers a boot. @returns the epoch, empty when the boot does not hold its lease, and whether it was registered. */
export const ENTER = script(`${BEGIN}
  local boot, node, known, fresh, recovery = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
  if redis.call('GET', leases .. node) ~= boot then return { '', 0 } end
  local epoch = redis.call('HGET', base .. ':epoch', 'name')
  if not epoch then
    epoch = fresh
    redis.call('HSET', base .. ':epoch', 'name', epoch)
  end
  redis.call('PEXPIRE', base .. ':epoch', ${EPOCH_MS})
  if known ~= '' and known ~= epoch and redis.call('HSETNX', base .. ':epoch', 'recovers', 1) == 1 then
    redis.call('SET', base .. ':recovery', 1, 'PX', recovery)
  end
  local isKnown = redis.call('HEXISTS', base .. ':boots', boot)
  redis.call('HSET', base .. ':boots', boot, node)
  redis.call('HDEL', base .. ':dead', boot)
  return { epoch, isKnown }`);

/** Ends the registration of a boot that claims nothing. */
export const LEAVE = script(`${BEGIN}
  if redis.call('SCARD', base .. ':boot:' .. ARGV[2]) == 0 then unregister(ARGV[2]) end
  return 1`);

/** As `PresenceStore.write`. @returns the fields of `Written`, and the number of this write if something has to be told. */
export const WRITE = script(`${BEGIN}
  local key, boot, node, number, grace = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
  local as, ids, user, info = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
  local sets, revision, granted, told = ARGV[11] == '1', tonumber(ARGV[12]), ARGV[13] == '1', ARGV[14]
  if redis.call('GET', leases .. node) ~= boot then return { 'unleased' } end
  if not alive(boot) or number <= tonumber(redis.call('HGET', base .. ':numbers', boot) or 0) then
    return { 'unknown' }
  end
  redis.call('HSET', base .. ':numbers', boot, number)
  local entry, at = read(key)
  local touched = { [boot] = true }
  for other in pairs(at) do touched[other] = true end
  if entry.teller then
    if entry.teller ~= boot and alive(entry.teller) then return { 'busy' } end
    touched[entry.teller] = true
  end
  if entry.debtor then touched[entry.debtor] = true end
  local removed, now = {}, milliseconds()
  local function withdraw(other)
    if at[other] then removed[#removed + 1] = at[other] end
    at[other] = nil
  end
  for other in pairs(at) do
    if other ~= boot and not alive(other) then
      local since = redis.call('HGET', base .. ':dead', other)
      local isUnknown = redis.call('HEXISTS', base .. ':boots', other) == 0
      if isUnknown or since and now - since >= grace then withdraw(other) end
    end
  end
  local isRecovering = redis.call('EXISTS', base .. ':recovery') == 1
  if told ~= '' and not entry.as and not entry.told then entry.told = told end
  local outcome, version = 'done', tonumber(entry.version or 0)
  if ids == '' then
    withdraw(boot)
  else
    local isOther, hasRival = entry.as and entry.as ~= as, false
    for other in pairs(at) do if other ~= boot and alive(other) then hasRival = true end end
    if isOther then withdraw(boot) end
    if isOther and hasRival then
      outcome = 'taken'
    elseif (isOther or not entry.as) and not granted and isRecovering then
      outcome = 'kept'
    else
      if isOther then for other in pairs(at) do withdraw(other) end end
      if isOther or not entry.as then
        entry.as, entry.user, entry.info, entry.revision = as, user, info, revision
        entry.since = string.format('%.0f', now)
        version = version + 1
      elseif (sets or revision > tonumber(entry.revision)) and info ~= entry.info then
        entry.info, entry.revision = info, math.max(revision, entry.revision + 1)
        version = version + 1
      end
      at[boot] = ids
    end
  end
  if entry.as and next(at) == nil then
    entry.as, entry.user, entry.info, entry.revision, entry.since = nil, nil, nil, nil, nil
    version = version + 1
  end
  local connections = here(at)
  local isOld = version == tonumber(entry.toldVersion or 0) or #connections == 0
  local hasNews, owes = entry.told and not isRecovering, entry.told and isRecovering
  if entry.as then hasNews, owes = not isOld, false end
  if owes then outcome = 'kept' end
  entry.version, entry.teller, entry.token, entry.debtor = version, nil, nil, nil
  if hasNews then entry.teller, entry.token = boot, number end
  if owes then entry.debtor = boot end
  redis.call('DEL', base .. ':key:' .. key)
  if entry.as or entry.told then
    local fields = {}
    for field, value in pairs(entry) do
      fields[#fields + 1] = field
      fields[#fields + 1] = value
    end
    for other, list in pairs(at) do
      fields[#fields + 1] = 'at:' .. other
      fields[#fields + 1] = list
    end
    redis.call('HSET', base .. ':key:' .. key, unpack(fields))
  end
  if entry.as then redis.call('ZADD', base .. ':keys', 0, key) else redis.call('ZREM', base .. ':keys', key) end
  for other in pairs(touched) do
    local isThere = at[other] or entry.teller == other or entry.debtor == other
    redis.call(isThere and 'SADD' or 'SREM', base .. ':boot:' .. other, key)
  end
  return { outcome, entry.told or '', entry.as or '', entry.since or '', entry.user or '', entry.info or '',
    tonumber(entry.revision or 0), connections, removed, hasNews and number or 0 }`);

/** As `PresenceStore.markTold`. @returns 1 or 0. */
export const MARK_TOLD = script(`${BEGIN}
  local key, boot, token, told, from = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
  local name = base .. ':key:' .. key
  local entry, at = read(key)
  if entry.teller ~= boot or entry.token ~= token then return 0 end
  redis.call('HDEL', name, 'teller', 'token', 'told')
  if told ~= '' then redis.call('HSET', name, 'told', told) end
  if entry.as or told ~= '' then
    redis.call('HSET', name, 'toldVersion', entry.version)
  else
    redis.call('DEL', name)
  end
  if not at[boot] then redis.call('SREM', base .. ':boot:' .. boot, key) end
  local left = base .. ':key:' .. from
  if redis.call('HEXISTS', left, 'at:' .. boot) == 1 then redis.call('HDEL', left, 'told', 'toldVersion') end
  return 1`);

/** As `PresenceStore.overdue`. @returns keys. */
export const OVERDUE = script(`${BEGIN}
  local grace, most, now = tonumber(ARGV[2]), tonumber(ARGV[3]), milliseconds()
  redis.call('PEXPIRE', base .. ':epoch', ${EPOCH_MS})
  local keys, boots = {}, redis.call('HGETALL', base .. ':boots')
  for n = 1, #boots, 2 do
    local boot = boots[n]
    local since = redis.call('HGET', base .. ':dead', boot)
    if alive(boot) then
      redis.call('HDEL', base .. ':dead', boot)
    elseif not since then
      redis.call('HSET', base .. ':dead', boot, string.format('%.0f', now))
    elseif now - since >= grace then
      local place = base .. ':boot:' .. boot
      if redis.call('SCARD', place) == 0 then unregister(boot) end
      for _, key in ipairs(redis.call('SRANDMEMBER', place, most - #keys)) do keys[#keys + 1] = key end
    end
  end
  return keys`);

/** @returns the holder of a key: `as`, since, user, info and lists of connections; nothing when it is not alive. */
export const GET = script(`${BEGIN}
  local entry, at = read(ARGV[2])
  local connections = here(at)
  if not entry.as or #connections == 0 then return {} end
  return { entry.as, entry.since, entry.user, entry.info, connections }`);

/** @returns holders, each with its key, and the key behind which there are more; empty: there are none. */
export const LIST = script(`${BEGIN}
  local from, prefix, limit = ARGV[2], ARGV[3], tonumber(ARGV[4])
  local to = prefix == '' and '+' or '(' .. prefix .. '\\255'
  local keys, holders = redis.call('ZRANGEBYLEX', base .. ':keys', from, to, 'LIMIT', 0, limit), {}
  for _, key in ipairs(keys) do
    local entry, at = read(key)
    local connections = here(at)
    if entry.as and #connections > 0 then
      holders[#holders + 1] = { key, entry.as, entry.since, entry.user, entry.info, connections }
    end
  end
  return { holders, #keys == limit and keys[#keys] or '' }`);

/** @returns the number of holders: of all keys, without those that only dead nodes claim. */
export const COUNT = script(`${BEGIN}
  local prefix = ARGV[2]
  local from = prefix == '' and '-' or '[' .. prefix
  local to = prefix == '' and '+' or '(' .. prefix .. '\\255'
  local count, seen = redis.call('ZLEXCOUNT', base .. ':keys', from, to), {}
  for _, boot in ipairs(redis.call('HKEYS', base .. ':boots')) do
    if not alive(boot) then
      for _, key in ipairs(redis.call('SMEMBERS', base .. ':boot:' .. boot)) do
        if not seen[key] and string.sub(key, 1, #prefix) == prefix then
          seen[key] = true
          local entry, at = read(key)
          if entry.as and #here(at) == 0 then count = count - 1 end
        end
      end
    end
  end
  return count`);

export const PRESENCE_SCRIPTS = [ENTER, LEAVE, WRITE, MARK_TOLD, OVERDUE, GET, LIST, COUNT];
