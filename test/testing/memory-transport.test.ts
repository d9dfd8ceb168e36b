import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryTransport } from '../../src/testing/memory-transport.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { TransportEnd } from '../../src/transports/transport.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';

// The properties rely on this transport, so it must itself keep the contract of the port.
describe('the transport in memory', () => {
  let clock: SimulatedClock;
  let transport: MemoryTransport;
  let received: string;
  let drained: number;
  let ends: TransportEnd[];
  let turn: (() => void)[];
  const nextTurn = () => {
    for (const run of turn.splice(0)) run();
  };
  const write = (text: string) => {
    const record = Buffer.from(`${JSON.stringify(text)}\x1e`);
    transport.write(transport.framing('Text').frame([record], record.length));
  };

  beforeEach(() => {
    clock = new SimulatedClock();
    [received, drained, ends, turn] = ['', 0, [], []];
    transport = new MemoryTransport({ clock, nextTurn: (run) => turn.push(run), highWaterBytes: 10 });
    transport.listen({
      received: (chunk) => {
        received += chunk.toString();
      },
      holding: () => {},
      drained: () => {
        drained += 1;
      },
      endRequested: () => {},
      closed: (end) => ends.push(end),
    });
  });

  test('hands over at once while the client reads', () => {
    write('a');
    expect(transport.client.records).toEqual(['a']);
    expect(transport.buffered).toBe(0);
    expect(transport.progress).toBeGreaterThan(0);
  });

  test('keeps what a stalled client does not take, and says when what crossed the mark is through', async () => {
    transport.client.stall();
    write('a long text');
    const { buffered, progress } = transport;
    transport.client.take(buffered - 1);
    await turnOfTheLoop();
    expect([transport.buffered, transport.client.records, drained]).toEqual([1, [], 0]);
    expect(transport.progress).toBe(progress + buffered - 1);
    transport.client.take(1);
    await turnOfTheLoop();
    expect([transport.buffered, transport.client.records, drained]).toEqual([0, ['a long text'], 1]);
  });

  test('keeps what the client sends while it is paused, its close included, for another turn', () => {
    transport.pause();
    transport.client.send('a');
    transport.client.close();
    transport.resume();
    expect([received, ends]).toEqual(['', []]);
    nextTurn();
    expect([received, ends]).toEqual(['a', [{ by: 'client' }]]);
  });

  test('closes behind what was written, and takes nothing after it', () => {
    transport.client.stall();
    write('a');
    transport.close(1000);
    write('b');
    expect(transport.client.closeCode).toBeUndefined();
    transport.client.flow();
    expect(transport.client.records).toEqual(['a']);
    expect(transport.client.closeCode).toBe(1000);
    expect(ends).toEqual([{ by: 'loss' }]);
  });

  test('cuts a client that does not answer within five seconds', () => {
    transport.client.answersClose = false;
    transport.close(1000);
    clock.increment(4_999);
    expect(ends).toEqual([]);
    clock.increment(1);
    expect(ends).toEqual([{ by: 'loss' }]);
    expect(transport.client.isEnded).toBe(true);
  });

  test('ends exactly once', () => {
    transport.client.cut();
    transport.terminate();
    transport.client.close();
    transport.close(1000);
    clock.increment(10_000);
    expect(ends).toEqual([{ by: 'loss' }]);
    expect(clock.pending).toBe(0);
  });
});

describe('the simulated clock', () => {
  test('fires timers at their moments, in their order, with those that are set meanwhile', () => {
    const clock = new SimulatedClock();
    const fired: [name: string, at: number][] = [];
    const fire = (name: string) => () => void fired.push([name, clock.now()]);
    clock.setTimeout(fire('late'), 300);
    clock.setTimeout(fire('first of two'), 100);
    clock.setTimeout(() => {
      fire('second of two')();
      clock.setTimeout(fire('set meanwhile'), 50);
    }, 100);
    clock.clearTimeout(clock.setTimeout(fire('cleared'), 200));
    expect(clock.pending).toBe(3);
    clock.increment(299);
    expect(fired).toEqual([
      ['first of two', 100],
      ['second of two', 100],
      ['set meanwhile', 150],
    ]);
    expect(clock.now()).toBe(299);
    clock.increment(1);
    expect(fired.at(-1)).toEqual(['late', 300]);
    expect(clock.pending).toBe(0);
  });
});
