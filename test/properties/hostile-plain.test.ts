import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { abort, crashAtPing } from '../support/sessions.ts';
import { uncaughtDuring } from '../support/uncaught.ts';
import { createSecretsHub, METHODS, SECRET, WAYS_TO_FAIL } from './secrets-hub.ts';

/** Ids of calls and of client results. They are few, so that the same id is used several times. */
const id = fc.constantFrom<string | number>(1, '1', 'a', 's1-c0', 's2-c0');

const envelope = fc.record(
  {
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...METHODS) },
      { weight: 3, arbitrary: fc.constantFrom('result', 'error', 'item', 'cancel', 'close', 'Result', 'nothing') },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    payload: fc.oneof(
      { weight: 4, arbitrary: fc.nat(WAYS_TO_FAIL) },
      { weight: 1, arbitrary: fc.array(fc.nat(WAYS_TO_FAIL), { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    id: fc.oneof({ weight: 4, arbitrary: id }, { weight: 1, arbitrary: fc.jsonValue() }),
  },
  { requiredKeys: [] },
);

/** Everything that a WebSocket may bring: calls that fail, envelopes that mean nothing, and noise. */
const messages = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: envelope.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.constant('{"type":1,"target":"Throw","arguments":[]}\x1e') },
    { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 40_000 }).map((length) => 'x'.repeat(length)) },
  ),
  { maxLength: 20, size: 'max' },
);

const end = fc.constantFrom<(peer: Peer) => void>(
  ({ client }) => client.close(),
  ({ client }) => client.cut(),
  ({ client }) => client.fail(new ProtocolError(SECRET)),
  ({ connection }) => abort(connection, { reason: SECRET }),
  ({ connection }) => crashAtPing(connection, new Error(SECRET)),
);
const role = fc.constantFrom('unwanted', 'refused', 'bitter', 'ordinary', 'ordinary', 'ordinary');

describe('whatever a plain client sends', () => {
  property(
    'is answered with envelopes only, raises no uncaught exception, and leaves nothing behind',
    [messages, end, role],
    {
      runs: 400,
      sometimes: ['a result', 'an error of a call', 'an item', 'a message that means nothing', 'the end is told'],
    },
    async (sent, ending, roleOfOne, reached) => {
      // A text of the client itself may be sent back to it, as the name of a method that does not exist.
      fc.pre(!sent.some((text) => text.includes(SECRET)));
      const uncaught = await uncaughtDuring(async () => {
        const server = new MemoryServer(createSecretsHub(), { hubOptions: { plain: true } });
        const peer = server.openPlain({ user: { id: 'u', roles: [roleOfOne] } });
        const { client } = peer;
        await server.settle();
        for (const text of sent) client.send(text);
        await server.settle();
        ending(peer);
        const closed = server.parts.close({ drainMs: 0 });
        await server.pass(20_000);
        await closed;
        // The client reads what comes, and accepts nothing but envelopes.
        const { records } = client;
        reached(
          'a result',
          records.some(({ type, error }) => type === 3 && error === undefined),
        );
        reached(
          'an error of a call',
          records.some(({ type, error }) => type === 3 && error !== undefined),
        );
        reached(
          'an item',
          records.some(({ type }) => type === 2),
        );
        reached(
          'a message that means nothing',
          records.some(({ type }) => type === undefined),
        );
        reached('the end is told', client.closeRecord !== undefined);
        expect(Buffer.concat(peer.transport.frames).toString('utf8')).not.toContain(SECRET);
        const faults = server.log.lines.filter(({ level, error }) => level === 'error' && !error?.includes(SECRET));
        expect(faults).toEqual([]);
        expect(peer.isForgotten).toBe(true);
        expect(server.leftovers()).toEqual(NOTHING_LEFT);
      });
      expect(uncaught).toEqual([]);
    },
  );
});
