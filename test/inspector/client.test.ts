// One inspector alone, over a transport whose kernel takes bytes only on the test's command.
import { describe, expect, test } from 'vitest';
import { HIGH_WATER_BYTES, InspectorClient } from '../../src/inspector/client.ts';
import { Watch } from '../../src/inspector/watch.ts';
import { actorMessage, type InspectedActor } from '../../src/inspector/wire.ts';
import type { Framing, Transport, TransportListener } from '../../src/transports/transport.ts';

const MIB = 1_048_576;

class HeldTransport implements Transport {
  readonly name = 'WebSockets';
  readonly keepsAlive = false;
  readonly isAttached = true;
  readonly progress = 0;
  buffered = 0;
  #listener: TransportListener | undefined;

  framing(): Framing {
    return { frame: (records) => Buffer.concat(records) };
  }
  listen(listener: TransportListener): void {
    this.#listener = listener;
  }
  write(frame: Buffer): void {
    this.buffered += frame.length;
  }
  take(): void {
    this.buffered = 0;
    this.#listener?.drained();
  }
  pause(): void {}
  resume(): void {}
  close(): void {}
  terminate(): void {}
}

const ORIGIN = { rootId: 'x:0', wallNow: 0 };

/** An actor whose message is as long as one of a hub actor. */
function actor(n: number): InspectedActor {
  const config = { id: 'wide', description: 'x'.repeat(3_000) };
  return { id: `actor-${n}`, sessionId: `x:${n}`, logic: { config }, getSnapshot: () => ({ status: 'active' }) };
}

function setUp() {
  const told: string[] = [];
  const transport = new HeldTransport();
  const client = new InspectorClient(transport, new Watch(), {
    origin: ORIGIN,
    left: (_client, why) => told.push(why),
    truncated: () => told.push('cut'),
    failed: (error) => told.push(String(error)),
  });
  return { told, transport, client };
}

describe('the replay', () => {
  test('goes on as fast as it is read, and does not make its reader a slow one', () => {
    const { told, transport, client } = setUp();
    const actors = Array.from({ length: 900 }, (_, n) => actor(n));
    client.begin(actors.values());
    const longest = actorMessage(actors[899] as InspectedActor, ORIGIN).length;
    expect(client.sent).toBeGreaterThan(1);
    let turns = 0;
    for (; client.sent < actors.length; turns++) {
      expect(transport.buffered).toBeGreaterThanOrEqual(HIGH_WATER_BYTES);
      expect(transport.buffered).toBeLessThan(HIGH_WATER_BYTES + longest);
      transport.take();
    }
    expect(turns).toBeGreaterThan(10);
    expect(told).toEqual([]);
  });

  test('passes over what ended before its turn, and what has been shown already', () => {
    const { client } = setUp();
    const ended: InspectedActor = { ...actor(1), getSnapshot: () => ({ status: 'stopped' }) };
    const early = actor(2);
    client.show(early);
    client.begin([ended, early, actor(3)].values());
    expect(client.sent).toBe(2);
  });

  test('that fails is told, not thrown: nobody is there to catch it', () => {
    const { told, client } = setUp();
    const broken: InspectedActor = {
      ...actor(1),
      getSnapshot: () => {
        throw new Error('planned');
      },
    };
    client.begin([broken].values());
    expect(told).toEqual(['Error: planned']);
  });
});

test('up to 1 MiB waits for an inspector, and no more', () => {
  const { told, transport, client } = setUp();
  client.send(Buffer.alloc(MIB));
  expect(told).toEqual([]);
  client.send(Buffer.alloc(1));
  expect(told).toEqual(['slow']);
  expect(transport.buffered).toBe(MIB + 1);
});
