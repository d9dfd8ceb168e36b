import { customAlphabet, nanoid } from 'nanoid';
import { z } from 'zod';
import { HubError, method, type Presence, setupHub, systemClock } from '../index.ts';
import type { ChatClient, MessageInfo } from './chat/chat-client.ts';
import { findUser, listUsers, type Member, takeName, tellMembers } from './chat/members.ts';
import { type ChatModeration, chatModerators } from './chat/moderators.ts';
import { isName, LONGEST_WRITTEN_NAME, nameFrom } from './chat/names.ts';

/** The room of all users; there is no other. */
const LOBBY = 'lobby';
const MOST_USERS = 100;

const guestNumber = customAlphabet('0123456789', 4);
const Text = z.string().min(1).max(2_000);
/** A name of a user, as another user writes it. */
const WrittenName = z.string().max(LONGEST_WRITTEN_NAME);
const Range = z.strictObject({ after: WrittenName.nullish(), limit: z.unknown().optional() });

/** A chat with all users in one room: messages to all, whispers to one, the list of users, and who types. */
export function createChatHub(moderation: ChatModeration = {}) {
  return setupHub({
    client: {} as ChatClient,
    state: (): Member => ({
      connectedAt: nowText(),
      username: '',
      locks: new Set(),
      messageCount: 0,
    }),
  }).createHub({
    moderate: chatModerators(moderation),
    options: {
      // A user who loses the connection for a moment has not left.
      allowStatefulReconnects: true,
      plain: true,
      // A member who floods the room loses messages; slow readers stay connected.
      slowConsumer: { policy: 'dropGreediest' },
    },
    methods: {
      SetUsername: method([z.string()], async ({ presence, state: me }, written) => {
        const name = nameFrom(written);
        if (me.username !== name && !(await takeName(presence, me, name)))
          throw new HubError(`The name ${name} is taken.`);
      }),

      SendMessage: method([Text], async (hub, text) => {
        const info = newMessageInfo();
        await hub.clients.all.send('ReceiveMessage', hub.state.username, text, info);
        hub.state.messageCount += 1;
        return { cacheId: info.cacheId };
      }),

      Whisper: method([WrittenName, Text], async (hub, toUser, text) => {
        const receiver = await findUser(hub.presence, toUser);
        if (receiver === undefined) throw new HubError(`There is no user ${isName(toUser) ? toUser : 'of that name'}.`);
        const info = newMessageInfo();
        await hub.clients.client(receiver).send('ReceiveWhisper', hub.state.username, text, info);
        hub.state.messageCount += 1;
        return { cacheId: info.cacheId };
      }),

      SetTyping: method([z.boolean()], (hub, on) => {
        const { username } = hub.state;
        // A client that cannot keep up needs only the latest state of a user.
        return hub.clients.others.with({ conflate: `typing:${username}` }).send('UserTyping', username, on);
      }),

      /** Users by name, in the order of the folded forms; `after` is a name, and the users behind it are returned. */
      GetUsers: method([z.string().nullish(), Range.nullish()], ({ presence }, room, range) => {
        if ((room ?? LOBBY) !== LOBBY) throw new HubError(`There is no such room: everybody is in ${LOBBY}.`);
        return listUsers(presence, range?.after ?? undefined, limitFrom(range?.limit ?? MOST_USERS));
      }),

      GetStats: method([], ({ connectionId, state: { username, messageCount } }) => ({
        connectionId,
        username,
        messageCount,
      })),
    },

    onConnected: ({ presence, state }) => nameGuest(presence, state),
    onPresence: tellMembers,
  });
}

function newMessageInfo(): MessageInfo {
  return { cacheId: nanoid(), sentAt: nowText() };
}

/** The time of day, ISO 8601, UTC. */
function nowText(): string {
  return new Date(systemClock.wallNow()).toISOString();
}

/** Names a guest `guest-XXXX`. If the numbers are used up, the name is longer. */
async function nameGuest(presence: Presence, guest: Member): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await takeName(presence, guest, `guest-${guestNumber()}`)) return;
  }
  await takeName(presence, guest, `guest-${nanoid()}`);
}

function limitFrom(limit: unknown): number {
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MOST_USERS) return limit;
  throw new HubError(`limit must be a whole number from 1 to ${MOST_USERS}.`);
}
