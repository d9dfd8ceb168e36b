import { describe, expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { abort } from '../support/sessions.ts';

/** A server whose method waits for its signal and records the stack of the abort listener. */
function createServer() {
  const stacks: string[] = [];
  const hub = setupHub({}).createHub({
    methods: {
      Wait: method([], (hub) => {
        return new Promise<void>((resolve) => {
          hub.signal.addEventListener('abort', () => {
            stacks.push(String(new Error().stack));
            resolve();
          });
        });
      }),
      Nothing: method([], () => {}),
    },
  });
  Error.stackTraceLimit = 200;
  return { server: new MemoryServer(hub, { hubOptions: { maximumParallelInvocationsPerClient: 1 } }), stacks };
}

/** Abort listeners are code of the hub's author: within a transition, an `abort()` of theirs would take effect too late. */
describe('an abort listener never runs within a transition of a machine', () => {
  test('when the connection ends', async () => {
    const { server, stacks } = createServer();
    const { client, connection } = await server.connect();
    client.invoke('Wait', []);
    await server.settle();
    abort(connection);
    await server.settle();
    expect(stacks).toHaveLength(1);
    expect(stacks[0]).not.toContain('xstate');
  });

  test('when a draining server reads a cancellation behind calls that it does not begin any more', async () => {
    const { server, stacks } = createServer();
    const { client } = await server.connect();
    client.invoke('Wait', [], '1');
    // One chunk: what the mailbox has no room for waits in it as bytes, and not in the socket.
    const calls = Array.from({ length: 150 }, () => ({ type: 1, target: 'Nothing', arguments: [] }));
    client.sendRecord(...calls, { type: 5, invocationId: '1' });
    await server.settle();
    expect(stacks).toHaveLength(0);
    server.parts.close({ drainMs: 1_000 });
    await server.settle();
    expect(stacks).toHaveLength(1);
    expect(stacks[0]).not.toContain('xstate');
  });
});
