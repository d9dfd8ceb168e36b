import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { uncaughtDuring } from '../support/uncaught.ts';

class Unreadable extends Error {
  override get message(): string {
    throw new Error('This message cannot be read.');
  }
}

class UnreadableHubError extends HubError {
  override get message(): string {
    throw new Error('This message cannot be read.');
  }
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const PLACES = [
  'a method',
  'a method, later',
  'onConnected',
  'onConnected, later',
  'onDisconnected',
  'onDisconnected, later',
] as const;
type Place = (typeof PLACES)[number];

/** A hub that throws `thrown` at that place. */
function hubThrowing(thrown: unknown, place: Place) {
  const at = (where: string): void | Promise<void> => {
    if (place === where) throw thrown;
    if (place === `${where}, later`) return Promise.reject(thrown);
  };
  return setupHub({}).createHub({
    methods: { Throw: method([], () => at('a method')) },
    onConnected: () => at('onConnected'),
    onDisconnected: () => at('onDisconnected'),
  });
}

describe('a hub may throw what cannot even be read', () => {
  for (const place of PLACES) {
    property(
      `in ${place}`,
      [
        fc.constantFrom<() => unknown>(
          () => new Unreadable(),
          () => new UnreadableHubError(),
          () => Object.create(null),
          revoked,
        ),
        fc.boolean(),
      ],
      20,
      async (make, detailedErrors) => {
        const uncaught = await uncaughtDuring(async () => {
          const server = new MemoryServer(hubThrowing(make(), place), { hubOptions: { detailedErrors } });
          const { client } = await server.connect();
          client.invoke('Throw', [], '1');
          await server.settle();
          if (place.startsWith('a method')) expect(client.completions('1')).toHaveLength(1);
          const closed = server.parts.close({ drainMs: 0 });
          await server.pass(20_000);
          expect(server.parts.node.state).toBe('stopped');
          await closed;
          expect(server.leftovers()).toEqual(NOTHING_LEFT);
        });
        expect(uncaught).toEqual([]);
      },
    );
  }
});
