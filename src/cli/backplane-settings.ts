import { z } from 'zod';
import { CLUSTER_RULES, type ClusterOptions } from '../backplane/cluster-options.ts';
import { BACKPLANE_FORMS, createBackplane } from '../backplane/create-backplane.ts';
import { readRedisUrl } from '../backplane/redis/redis-url.ts';
import { systemClock } from '../clock.ts';
import { isA, OptionsError } from '../errors.ts';
import { hasLatePassword, mayHoldPassword } from './url-passwords.ts';

const FORMS = BACKPLANE_FORMS.join(' or ');
/** The beginning of what is wrong with a URL of Redis. The rest shows nothing of it. */
const OF_REDIS = /^backplane is "redis:\.\.\.", but /;
const ENCODED = 'a URL in which characters such as @ : / ? # % of a password are written as %40 %3A %2F %3F %23 %25';
/** The end of what is wrong with an option. */
const EXPECTED = /.* must be (.*)\.$/s;

/** Settings of a server that is one of several. They are options of `createServer`. */
export const BACKPLANE_SETTINGS = {
  backplane: z
    .string()
    .superRefine((url, context) => {
      const expected = faultOf(url);
      if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
    })
    .default('memory:')
    .describe(`over which several servers are one: ${FORMS}; one with a password is no flag`),
  backplanePrefix: asOption('backplanePrefix', z.string())
    .default('signalbox')
    .describe('begins all names that are used in Redis'),
  backplaneSecret: asOption('backplaneSecret', z.string())
    .optional()
    .describe('signs what the servers send each other; the same for all of them'),
  nodeId: asOption('nodeId', z.string())
    .optional()
    .describe('id of this server, which no other one has (default: the name of the host and a random part)'),
  onOutage: z
    .enum(['local', 'reject'])
    .default('local')
    .describe('messages while the backplane is away: local (they reach the clients of this server) or reject (nobody)'),
  readyWhenDegraded: z
    .boolean()
    .default(true)
    .describe('/readyz stays at 200 while the backplane is away, and names the problem'),
  leaseMs: asOption('leaseMs', z.int())
    .default(10_000)
    .describe('how long a server counts as alive that does not tell so any more, in ms'),
} as const;

/** How each is written as text, in a flag or in the environment. */
export const BACKPLANE_KINDS: Readonly<Record<keyof typeof BACKPLANE_SETTINGS, 'text' | 'number' | 'flag'>> = {
  backplane: 'text',
  backplanePrefix: 'text',
  backplaneSecret: 'text',
  nodeId: 'text',
  onOutage: 'text',
  readyWhenDegraded: 'flag',
  leaseMs: 'number',
};

/** Whether a URL of a backplane holds a password, or may hold one: that of Redis, or that of its Sentinels. */
export function backplaneHoldsPassword(url: string): boolean {
  if (!isRedis(url)) return false;
  return mayHoldPassword(url, (text) => {
    const { password, sentinel } = readRedisUrl(text);
    return [password, sentinel.password];
  });
}

/** Whether a backplane that settings can name is a Redis: everything else is in memory. */
export function isRedis(url: string): boolean {
  return !url.startsWith('memory:');
}

/** A setting that is checked as the option of the same name. */
function asOption<T extends z.ZodType>(name: keyof ClusterOptions, schema: T): T {
  return schema.superRefine((value, context) => {
    const message = complaintOf(() => CLUSTER_RULES[name].read(value, { call: 'createServer', name }));
    if (message !== undefined) context.addIssue({ code: 'custom', message: EXPECTED.exec(message)?.[1] ?? message });
  });
}

/** What would have been expected in place of a URL, in words that quote nothing of it; undefined: it can be used. */
function faultOf(url: string): string | undefined {
  if (!/^\P{Cc}*$/u.test(url)) return 'a text without control characters';
  const message = complaintOf(() => createBackplane(url, { clock: systemClock, prefix: 'signalbox' }));
  // It would be shown as the name of a host or of a master.
  if (message === undefined) return isRedis(url) && hasLatePassword(url) ? ENCODED : undefined;
  return OF_REDIS.test(message) ? `a URL of Redis: ${message.replace(OF_REDIS, '')}` : FORMS;
}

/** What an attempt says is wrong; undefined: nothing. */
function complaintOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!isA(OptionsError, error)) throw error;
    return (error as OptionsError).message;
  }
}
