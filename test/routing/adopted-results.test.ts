import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { DisconnectedError, HubError, ProtocolError, RefusedError } from '../../src/errors.ts';
import { toConnections } from '../../src/hub/target.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { ClientResults } from '../../src/routing/client-results.ts';
import { Connections, type Recipient } from '../../src/routing/connections.ts';
import { Delivery } from '../../src/routing/delivery.ts';
import { LocalConnections } from '../../src/routing/local-connections.ts';
import { Memberships } from '../../src/routing/memberships.ts';
import { MAXIMUM_PENDING_INVOCATIONS } from '../../src/routing/pending-invocations.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';

/** A connection as routing sees it, with what was pushed to its lane. */
class Client {
  readonly connectionId: string;
  readonly userId = undefined;
  readonly pushed: EncodedMessage[] = [];
  readonly aborted: unknown[] = [];
  readonly lane = {
    codec: jsonCodec,
    isOpen: true,
    push: (message: EncodedMessage): number => this.pushed.push(message),
  };

  constructor(connectionId: string) {
    this.connectionId = connectionId;
  }

  get asRecipient(): Recipient {
    return this as unknown as Recipient;
  }
  abort(options: unknown): void {
    this.aborted.push(options);
  }
}

function results() {
  return new ClientResults(new TimerWheel(new SimulatedClock(), new CollectedLog()));
}

function nodeWith(...clients: readonly Client[]) {
  const connections = new Connections();
  const memberships = new Memberships({ maximumGroupsPerConnection: 10, maximumGroupNameBytes: 100 });
  const invoked = results();
  for (const { asRecipient } of clients) connections.add(asRecipient);
  const delivery = new Delivery(connections, memberships, () => {});
  return { node: new LocalConnections(connections, memberships, delivery, invoked, () => undefined), invoked };
}

const invocation = EncodedMessage.invocation(
  { type: 1, invocationId: 's1.other-c', target: 'Question', arguments: [] },
  [jsonCodec],
);

describe('an invocation by another node', () => {
  test('ends with the completion of its client, under the id that it was given there', async () => {
    const [invoked, client] = [results(), new Client('c')];
    const pending = invoked.adopt(client.asRecipient, 's7.other-c');
    expect(pending.id).toBe('s7.other-c');
    expect(() => invoked.complete(new Client('c').asRecipient, { type: 3, invocationId: pending.id })).toThrow(
      ProtocolError,
    );
    expect(invoked.complete(client.asRecipient, { type: 3, invocationId: pending.id, result: 1 })).toBe(true);
    expect(await pending.result).toBe(1);
    expect(invoked.complete(client.asRecipient, { type: 3, invocationId: pending.id, result: 2 })).toBe(false);
    expect(invoked.size).toBe(0);
  });

  test('has an id of which it is known later that the client was invoked with it, for each node', () => {
    const [invoked, client] = [results(), new Client('c')];
    const { asRecipient } = client;
    const own = invoked.begin(asRecipient, {});
    invoked.adopt(asRecipient, 's20.nodeA-c');
    invoked.adopt(asRecipient, 's10.nodeA-c');
    invoked.adopt(asRecipient, 's5.nodeB-c');
    const known = [own.id, 's20.nodeA-c', 's10.nodeA-c', 's19.nodeA-c', 's5.nodeB-c'];
    const unknown = [
      's21.nodeA-c',
      's6.nodeB-c',
      's5.nodeC-c',
      's20-c',
      's5.nodeB-d',
      's05.nodeB-c',
      's0.nodeB-c',
      's5.node-c',
      's5.nodeBB-c',
      ' s5.nodeB-c',
      's5.nodeB-c ',
      '',
    ];
    expect(known.map((id) => invoked.hasInvoked(asRecipient, id))).toEqual(known.map(() => true));
    expect(unknown.filter((id) => invoked.hasInvoked(asRecipient, id))).toEqual([]);
    expect(invoked.hasInvoked(new Client('c').asRecipient, 's5.nodeB-c')).toBe(false);
  });

  test('that ends with its client leaves nothing', async () => {
    const [invoked, client] = [results(), new Client('c')];
    const pending = [invoked.adopt(client.asRecipient, 's1.nodeA-c'), invoked.adopt(client.asRecipient, 'strange')];
    invoked.abortInvocationsOf(client.asRecipient);
    for (const { result } of pending) await expect(result).rejects.toThrow(DisconnectedError);
    expect([invoked.size, invoked.clients]).toEqual([0, 0]);
    expect(invoked.hasInvoked(client.asRecipient, 's1.nodeA-c')).toBe(false);
  });

  test('is delivered to a client of this node, with all others at most a hundred at a time', () => {
    const client = new Client('c');
    const { node, invoked } = nodeWith(client);
    for (let number = 1; number <= MAXIMUM_PENDING_INVOCATIONS; number++)
      node.invoke('c', `s${number}.nodeA-c`, invocation);
    expect(client.pushed).toHaveLength(MAXIMUM_PENDING_INVOCATIONS);
    expect(() => node.invoke('c', 's101.nodeA-c', invocation)).toThrow(RefusedError);
    expect(() => invoked.begin(client.asRecipient, {})).toThrow(RefusedError);
    expect(client.pushed).toHaveLength(MAXIMUM_PENDING_INVOCATIONS);
  });

  test('is refused when the client is not here, or ending', () => {
    const client = new Client('c');
    const { node, invoked } = nodeWith(client);
    expect(() => node.invoke('d', 's1.nodeA-d', invocation)).toThrow(DisconnectedError);
    client.lane.isOpen = false;
    expect(() => node.invoke('c', 's1.nodeA-c', invocation)).toThrow(DisconnectedError);
    expect([client.pushed.length, invoked.size]).toEqual([0, 0]);
  });
});

describe('the connections of this node', () => {
  test('are joined to groups and leave them, as long as they are here', () => {
    const [here, ending] = [new Client('here'), new Client('ending')];
    const { node } = nodeWith(here, ending);
    ending.lane.isOpen = false;
    for (const id of ['here', 'ending', 'unknown']) node.join(id, 'red');
    expect([node.members('red'), node.count('red')]).toEqual([['here'], 1]);
    expect(() => node.join('here', 'x'.repeat(101))).toThrow(HubError);
    for (const id of ['here', 'unknown']) node.leave(id, 'red');
    expect([node.members('red'), node.count('red')]).toEqual([[], 0]);
  });

  test('get what is for them, and are ended', () => {
    const [one, other] = [new Client('one'), new Client('other')];
    const { node } = nodeWith(one, other);
    node.deliver(toConnections(['one', 'unknown']), invocation);
    node.abort({ to: 'all', except: ['one'] }, { reason: 'x' } as never);
    expect([one.pushed.length, other.pushed.length]).toEqual([1, 0]);
    expect([one.aborted.length, other.aborted.length]).toEqual([0, 1]);
  });
});
