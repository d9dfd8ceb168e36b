import type { HubConnection } from '@microsoft/signalr';
import { type ClientOptions, connect } from './clients.ts';
import { Inbox } from './inbox.ts';

/** Client methods that the chat hub calls. */
const EVENTS = ['UserJoined', 'UserLeft', 'UserRenamed', 'UserTyping', 'ReceiveMessage', 'ReceiveWhisper'];

/** An official client in the chat, and all events that it has received: the name and the arguments of each. */
export interface ChatUser {
  readonly client: HubConnection;
  readonly received: Inbox<readonly [event: string, ...args: unknown[]]>;
}

export async function enterChat(url: string, options?: ClientOptions): Promise<ChatUser> {
  const client = await connect(url, options);
  const received = new Inbox<readonly [string, ...unknown[]]>();
  for (const event of EVENTS) client.on(event, (...args: unknown[]) => received.put([event, ...args]));
  return { client, received };
}

/** Connects a client, and gives it a name. */
export async function enterChatAs(name: string, url: string): Promise<ChatUser> {
  const chatUser = await enterChat(url);
  await chatUser.client.invoke('SetUsername', name);
  return chatUser;
}

/** Events of these names that a client has received, in order. */
export function receivedEvents({ received }: ChatUser, ...events: readonly string[]): readonly (readonly unknown[])[] {
  return received.all.filter(([event]) => events.includes(event));
}
