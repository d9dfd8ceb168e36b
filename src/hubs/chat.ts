import { customAlphabet, nanoid } from 'nanoid';
import { z } from 'zod';
import { HubError, method, setupHub } from '../index.ts';

/** What goes with every message: an id for caches, and when it was sent (ISO 8601, UTC). */
export interface MessageInfo {
  readonly cacheId: string;
  readonly sentAt: string;
}

/** What the chat calls on its clients. */
export interface ChatClient {
  UserJoined(user: string): void;
  UserLeft(user: string): void;
  UserRenamed(from: string, to: string): void;
  UserTyping(user: string, on: boolean): void;
  ReceiveMessage(user: string, text: string, info: MessageInfo): void;
  ReceiveWhisper(from: string, text: string, info: MessageInfo): void;
}

interface Member {
  readonly connectionId: string;
  readonly connectedAt: string;
  username: string;
  messageCount: number;
}

/** Who is there, by name: names are unique ignoring case. */
class Members {
  readonly #byName = new Map<string, Member>();

  add(member: Member): void {
    this.#byName.set(keyOf(member.username), member);
  }

  remove(member: Member): void {
    this.#byName.delete(keyOf(member.username));
  }

  find(name: string): Member | undefined {
    return this.#byName.get(keyOf(name));
  }

  list(): { user: string; connectedAt: string }[] {
    return Array.from(this.#byName.values(), ({ username, connectedAt }) => ({ user: username, connectedAt }));
  }
}

const guestNumber = customAlphabet('0123456789', 4);
const Text = z.string().min(1).max(2_000);
const Name = z.string().trim().min(1).max(40);

/** Everybody in one room: messages to all, whispers to one, who is there and who types. */
export function createChatHub() {
  return setupHub({
    client: {} as ChatClient,
    state: (connection): Member => ({
      connectionId: connection.connectionId,
      connectedAt: new Date().toISOString(),
      username: '',
      messageCount: 0,
    }),
    shared: () => new Members(),
  }).createHub({
    // Whoever loses the line for a moment has not left.
    options: { allowStatefulReconnects: true },
    methods: {
      SetUsername: method([Name], async (hub, name) => {
        const { state: me, shared: members } = hub;
        const holder = members.find(name);
        if (holder !== undefined && holder !== me) throw new HubError(`The name ${name} is taken.`);
        const before = me.username;
        members.remove(me);
        me.username = name;
        members.add(me);
        if (before !== name) await hub.clients.others.send('UserRenamed', before, name);
      }),

      SendMessage: method([Text], async (hub, text) => {
        hub.state.messageCount += 1;
        const info = newMessageInfo();
        await hub.clients.all.send('ReceiveMessage', hub.state.username, text, info);
        return { cacheId: info.cacheId };
      }),

      Whisper: method([Name, Text], async (hub, toUser, text) => {
        const receiver = hub.shared.find(toUser);
        if (receiver === undefined) throw new HubError(`There is no user ${toUser}.`);
        hub.state.messageCount += 1;
        const info = newMessageInfo();
        await hub.clients.client(receiver.connectionId).send('ReceiveWhisper', hub.state.username, text, info);
        return { cacheId: info.cacheId };
      }),

      SetTyping: method([z.boolean()], (hub, on) => {
        const { username } = hub.state;
        // Only the latest state of a user matters to a client that cannot keep up.
        return hub.clients.others.with({ conflate: `typing:${username}` }).send('UserTyping', username, on);
      }),

      GetUsers: method([], (hub) => hub.shared.list()),

      GetStats: method([], ({ connectionId, state: { username, messageCount } }) => ({
        connectionId,
        username,
        messageCount,
      })),
    },

    async onConnected(hub) {
      hub.state.username = newGuestName(hub.shared);
      hub.shared.add(hub.state);
      await hub.clients.others.send('UserJoined', hub.state.username);
    },

    async onDisconnected(hub) {
      hub.shared.remove(hub.state);
      await hub.clients.others.send('UserLeft', hub.state.username);
    },
  });
}

function newMessageInfo(): MessageInfo {
  return { cacheId: nanoid(), sentAt: new Date().toISOString() };
}

/** guest-XXXX; with more guests than that has numbers, a longer one. */
function newGuestName(members: Members): string {
  for (let attempt = 0; attempt < 20; attempt++) {
    const name = `guest-${guestNumber()}`;
    if (members.find(name) === undefined) return name;
  }
  return `guest-${nanoid()}`;
}

function keyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
