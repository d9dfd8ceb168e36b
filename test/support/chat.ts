import type { HubConnection } from '@microsoft/signalr';
import { connect } from './clients.ts';
import { Inbox } from './inbox.ts';

/** What the chat hub calls on its clients. */
const EVENTS = ['UserJoined', 'UserLeft', 'UserRenamed', 'UserTyping', 'ReceiveMessage', 'ReceiveWhisper'];

/** An official client in the chat, and everything it has been told: the name of each event and its arguments. */
export interface Chatter {
  readonly client: HubConnection;
  readonly told: Inbox<readonly [event: string, ...args: unknown[]]>;
}

export async function enterChat(url: string): Promise<Chatter> {
  const client = await connect(url);
  const told = new Inbox<readonly [string, ...unknown[]]>();
  for (const event of EVENTS) client.on(event, (...args: unknown[]) => told.put([event, ...args]));
  return { client, told };
}

/** The same, under a name. */
export async function enterChatAs(name: string, url: string): Promise<Chatter> {
  const chatter = await enterChat(url);
  await chatter.client.invoke('SetUsername', name);
  return chatter;
}

/** What somebody has been told of the kinds that are asked for, in its order. */
export function heard({ told }: Chatter, ...events: readonly string[]): readonly (readonly unknown[])[] {
  return told.all.filter(([event]) => events.includes(event));
}
