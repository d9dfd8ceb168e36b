import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { TRANSPORT_NAMES, type TransportName } from '../../src/protocol/negotiate.ts';
import { cuts } from '../protocol/arbitraries.ts';
import { cutAt } from '../protocol/reading.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';
import { property } from '../support/property.ts';
import { abort, crashAtPing } from '../support/sessions.ts';
import { uncaughtDuring } from '../support/uncaught.ts';
import { type HostileTalk, hostileTalk } from './hostile-input.ts';
import { createSecretsHub, OPEN, SECRET, WAYS_TO_FAIL } from './secrets-hub.ts';

const end = fc.constantFrom<(peer: Peer<unknown>) => void>(
  ({ client }) => client.close(),
  ({ client }) => client.cut(),
  ({ client }) => client.fail(new ProtocolError(SECRET)),
  ({ client }) => client.sendClose(SECRET),
  ({ connection }) => abort(connection, { reason: SECRET }),
  ({ connection }) => crashAtPing(connection, new Error(SECRET)),
);

const role = fc.constantFrom('unwanted', 'refused', 'bitter', 'ordinary', 'ordinary', 'ordinary');
const transport = fc.constantFrom(...TRANSPORT_NAMES);
/** Most clients send a handshake, and some of those await the response. */
const manners = fc.constantFrom('says nothing', 'handshake', 'handshake', 'waits', 'waits');

/** A moderator that refuses some messages, with a text that must stay on the server. */
const moderator: Moderator = ({ args }) => {
  if (args[0] === OPEN) throw new Error(SECRET);
  return undefined;
};

/** Runs the whole life of one client and of its server. @returns the server and all text that the client was sent. */
async function live(
  { protocol, chunks }: HostileTalk,
  ending: (peer: Peer<unknown>) => void,
  roles: readonly string[],
  mannersOfOne: string,
  over: TransportName,
) {
  const server = new MemoryServer(moderated(createSecretsHub(), [moderator]));
  const peer = server.openOver(over, { user: { id: 'u', roles } });
  peer.client.protocol = clientProtocol(protocol);
  if (mannersOfOne !== 'says nothing') peer.client.handshake();
  if (mannersOfOne === 'waits') await server.settle();
  for (const chunk of chunks) peer.client.send(chunk);
  await server.settle();
  ending(peer);
  const closed = server.parts.close({ drainMs: 0 });
  await server.pass(20_000);
  await closed;
  const text = Buffer.concat(peer.transport.frames).toString('utf8');
  return { server, peer, text };
}

describe('whatever comes over the wire', () => {
  property(
    'raises no uncaught exception, ends no actor and breaks nothing of the server',
    [hostileTalk, end, role, manners, transport],
    400,
    async (talk, ending, roleOfOne, mannersOfOne, over) => {
      const uncaught = await uncaughtDuring(async () => {
        const { server, peer } = await live(talk, ending, [roleOfOne], mannersOfOne, over);
        // No actor may crash either, except the one that the test crashes.
        const faults = server.log.lines.filter(({ level, error }) => level === 'error' && !error?.includes(SECRET));
        expect(faults).toEqual([]);
        expect(peer.isForgotten).toBe(true);
        expect(server.leftovers()).toEqual(NOTHING_LEFT);
      });
      expect(uncaught).toEqual([]);
    },
  );

  property(
    "only a HubError's text reaches the client",
    [hostileTalk, end, role, manners, transport],
    { runs: 400, sometimes: ['an error reaches the client'] },
    async (talk, ending, roleOfOne, mannersOfOne, over, reached) => {
      // A text of the client itself may be sent back to it, as the name of a method that does not exist.
      fc.pre(!Buffer.concat(talk.chunks).includes(SECRET));
      const { text } = await live(talk, ending, [roleOfOne], mannersOfOne, over);
      reached('an error reaches the client', text.includes('error'));
      expect(text).not.toContain(SECRET);
    },
  );

  property(
    'and with detailedErrors the texts of all errors do, on one line',
    [fc.nat(WAYS_TO_FAIL), fc.constantFrom('Throw', 'Reject')],
    100,
    async (which, target) => {
      const server = new MemoryServer(createSecretsHub(), { hubOptions: { detailedErrors: true } });
      const { client } = await server.connect();
      client.invoke(target, [which], '1');
      await server.settle();
      const [completion] = client.completions('1');
      expect(completion?.error).toMatch(
        /^An unexpected error occurred invoking '(Throw|Reject)' on the server\. \S+: /,
      );
    },
  );

  property(
    'an honest call in front of it is still answered',
    [fc.uint8Array({ minLength: 1, maxLength: 40 }), cuts],
    150,
    async (noise, places) => {
      const server = new MemoryServer(createSecretsHub());
      const { client } = await server.connect();
      const honest = Buffer.from(
        `${JSON.stringify({ type: 1, target: 'Answer', arguments: [6], invocationId: 'h' })}\x1e`,
      );
      for (const chunk of cutAt(Buffer.concat([honest, noise, Buffer.from('\x1e')]), places)) client.send(chunk);
      await server.settle();
      expect(client.completions('h')).toEqual([{ type: 3, invocationId: 'h', result: OPEN }]);
    },
  );
});
