// A hub with one method for each thing that a client can do.
import { z } from 'zod';
import { type Authenticator, HubError, method, setupHub, stream } from '../../src/index.ts';
import { Inbox } from '../support/inbox.ts';
import { streamingMethods } from '../support/streaming-methods.ts';

interface Visitor {
  Heard(text: string): void;
  Confirm(question: string): boolean;
}

/** Reads the user from a cookie, as most sites do. */
export const byCookie: Authenticator = ({ headers }) => {
  const name = /\buser=(\w+)/.exec(headers.cookie ?? '')?.[1];
  return name === undefined ? null : { id: name, roles: [] };
};

/** @param diary Gets an entry for each end of a stream or connection. */
export function browserHub(diary = new Inbox<string>()) {
  return setupHub({ client: {} as Visitor }).createHub({
    methods: {
      ...streamingMethods(diary),
      Who: method([], ({ connectionId, user, request: { transport, protocol } }) => ({
        connectionId,
        user: user?.id ?? null,
        transport,
        protocol,
      })),
      Echo: method([z.unknown()], (_hub, value) => value),
      Refuse: method([], () => {
        throw new HubError('not today');
      }),
      Say: method([z.string()], ({ clients }, text) => clients.all.send('Heard', text)),
      Join: method([z.string()], ({ groups, connectionId }, group) => groups.add(connectionId, group)),
      Leave: method([z.string()], ({ groups, connectionId }, group) => groups.remove(connectionId, group)),
      SayTo: method([z.string(), z.string()], ({ clients }, group, text) => clients.group(group).send('Heard', text)),
      Count: stream([z.int()], async function* (_hub, count) {
        for (let n = 0; n < count; n++) yield n;
        if (count > 1_000) throw new HubError('that was a lot');
      }),
      AskMe: method([z.string()], ({ clients }, question) => clients.caller.invoke('Confirm', question)),
      /** Bytes stay bytes in MessagePack, and are Base64 in JSON. */
      Reverse: method([z.union([z.instanceof(Uint8Array), z.base64()])], (_hub, bytes) =>
        Uint8Array.from(typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : bytes).reverse(),
      ),
    },
    onDisconnected: (_hub, reason) => diary.put(`disconnected: ${reason.name}`),
  });
}
