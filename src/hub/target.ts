/**
 * Receivers of a message, as plain data: it can be kept while a message is held, and sent to other nodes. `except` and
 * the lists hold connection ids, user ids or group names. The connections are looked up when the message is committed.
 */
export type Target =
  | { readonly to: 'all'; readonly except: readonly string[] }
  | { readonly to: 'groups'; readonly groups: readonly string[]; readonly except: readonly string[] }
  | { readonly to: 'connections'; readonly ids: readonly string[] }
  | { readonly to: 'users'; readonly ids: readonly string[] };

const NO_CONNECTIONS: readonly string[] = [];

export const ALL: Target = { to: 'all', except: NO_CONNECTIONS };

export function allExcept(ids: readonly string[]): Target {
  return { to: 'all', except: ids };
}

export function toGroups(groups: readonly string[], except: readonly string[] = NO_CONNECTIONS): Target {
  return { to: 'groups', groups, except };
}

export function toConnections(ids: readonly string[]): Target {
  return { to: 'connections', ids };
}

export function toUsers(ids: readonly string[]): Target {
  return { to: 'users', ids };
}

/**
 * The fault of a target, or undefined. For callers in plain JavaScript and for values that came from a client, which
 * the types do not check.
 */
export function targetFault(target: Target): string | undefined {
  switch (target.to) {
    case 'all':
      return namesFault('A connection id', target.except);
    case 'groups':
      return namesFault('A group name', target.groups) ?? namesFault('A connection id', target.except);
    case 'connections':
      return namesFault('A connection id', target.ids);
    case 'users':
      return namesFault('A user id', target.ids);
  }
}

/** The fault of a list of ids or names, or undefined. @param what The kind of one of them, for the text. */
export function namesFault(what: string, names: readonly string[]): string | undefined {
  if (!Array.isArray(names)) return `${what} list must be an array of texts, but it is ${kindOf(names)}.`;
  for (const name of names as readonly unknown[]) {
    if (typeof name !== 'string') return `${what} must be a text, but it is ${kindOf(name)}.`;
    if (name === '') return `${what} must not be empty.`;
  }
  return undefined;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`;
}
