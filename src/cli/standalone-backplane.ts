import type { ClusterOptions } from '../backplane/cluster-options.ts';
import { readRedisUrl } from '../backplane/redis/redis-url.ts';
import { newNodeId } from '../ids.ts';
import { isRedis } from './backplane-settings.ts';
import type { Settings } from './settings.ts';

/** The place of the standalone server among others. */
export interface StandaloneBackplane {
  readonly options: ClusterOptions & { readonly nodeId: string };
  /** For people: it shows no password, and no user. undefined: the server is alone. */
  readonly shown: string | undefined;
  /** Why servers on several machines have not all in common; undefined: they have. */
  readonly caution: string | undefined;
}

/** The backplane that settings name, and the id of this server. Without one in the settings it gets a new id. */
export function backplaneOf(settings: Settings): StandaloneBackplane {
  const { backplane, backplanePrefix, backplaneSecret, leaseMs, nodeId, onOutage, readyWhenDegraded } = settings;
  const secret = backplaneSecret === undefined ? {} : { backplaneSecret };
  return {
    options: {
      ...{ backplane, backplanePrefix, ...secret, leaseMs, onOutage, readyWhenDegraded },
      nodeId: nodeId ?? newNodeId(),
    },
    shown: backplane === 'memory:' ? undefined : shownBackplane(backplane),
    caution: isRedis(backplane) ? cautionOf(settings) : undefined,
  };
}

/** A backplane for people: of Redis its hosts, and its database. */
export function shownBackplane(url: string): string {
  if (!isRedis(url)) return url;
  const { hosts, master, database, tls } = readRedisUrl(url);
  const places = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  if (master !== undefined) return `redis-sentinel://${places}/${master}/${database}`;
  return `redis${tls === undefined ? '' : 's'}://${places}/${database}`;
}

/** What servers that share a Redis do not share; undefined: they share everything. */
function cautionOf({ storage = 'sqlite:' }: Settings): string | undefined {
  if (storage.startsWith('postgres')) return undefined;
  const each = storage === 'memory:' ? 'server' : 'machine';
  return `each ${each} has its own API keys, bans and session records: with one PostgreSQL all have the same (--storage)`;
}
