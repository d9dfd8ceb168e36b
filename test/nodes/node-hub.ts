// A hub for tests over several nodes.
import { z } from 'zod';
import { method, type PresenceChange, setupHub, stream, type User } from '../../src/index.ts';

export interface NodeClient {
  Heard(text: string): void;
  Asked(text: string): string;
}

/** A new definition: each server needs its own. */
export function nodeHub(
  onGap: (group: string) => void = () => {},
  onPresence: (change: PresenceChange) => void = () => {},
) {
  const text = z.string();
  return setupHub({ client: {} as NodeClient }).createHub({
    onGap,
    onPresence,
    options: { plain: true },
    methods: {
      Join: method([text], (hub, group) => hub.groups.add(hub.connectionId, group)),
      JoinOther: method([text, text], (hub, id, group) => hub.groups.add(id, group)),
      LeaveOther: method([text, text], (hub, id, group) => hub.groups.remove(id, group)),
      Members: method([text], async (hub, group) => [...(await hub.groups.members(group))].sort()),
      Count: method([text], (hub, group) => hub.groups.count(group)),
      ToAll: method([text], (hub, said) => hub.clients.all.send('Heard', said)),
      ToOthers: method([text], (hub, said) => hub.clients.others.send('Heard', said)),
      ToGroup: method([text, text], (hub, group, said) => hub.clients.group(group).send('Heard', said)),
      ToOthersInGroup: method([text, text], (hub, group, said) => hub.clients.othersInGroup(group).send('Heard', said)),
      ToUser: method([text, text], (hub, user, said) => hub.clients.user(user).send('Heard', said)),
      ToClient: method([text, text], (hub, id, said) => hub.clients.client(id).send('Heard', said)),
      Claim: method([text, text], (hub, key, as) => hub.presence.claim(key, { as }, { as })),
      Release: method([text], (hub, key) => hub.presence.release(key)),
      Present: method([], async (hub) => (await hub.presence.list()).map(({ key, as }) => `${key} ${as}`)),
      Ask: method([text, text], (hub, id, said) => hub.clients.client(id).invoke('Asked', said)),
      AskShortly: method([text, text], (hub, id, said) =>
        hub.clients.client(id).with({ timeoutMs: 500 }).invoke('Asked', said),
      ),
      EndUser: method([text], (hub, user) => hub.clients.user(user).abort()),
      EndClient: method([text], (hub, id) => hub.clients.client(id).abort()),
      Numbers: stream([z.number()], async function* (_hub, count) {
        for (let n = 0; n < count; n++) yield n;
      }),
    },
  });
}

/** The user of a request is what its query says. */
export function userOfQuery({ query }: { readonly query: URLSearchParams }): User | null {
  const id = query.get('user');
  return id === null ? null : { id, roles: [], credentialId: `of-${id}`, issuedAt: 1 };
}
