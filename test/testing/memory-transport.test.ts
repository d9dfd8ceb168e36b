import { beforeEach, describe, expect, test } from 'vitest';
import { JSON_PROTOCOL } from '../../src/testing/client-protocol.ts';
import { MemoryTransport } from '../../src/testing/memory-transport.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { TransportEnd } from '../../src/transports/transport.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';

// That it keeps the contract of the port is tested with the other transports, in test/contracts.
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
    transport.write(transport.framing(JSON_PROTOCOL).frame([record], record.length));
  };

  beforeEach(() => {
    clock = new SimulatedClock();
    [received, drained, ends, turn] = ['', 0, [], []];
    transport = new MemoryTransport({ clock, nextTurn: (run) => turn.push(run), highWaterBytes: 10 });
    transport.listen({
      received: (chunk) => {
        received += chunk.toString();
      },
      ponged: () => {},
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

  test('shows its client the close code behind everything that was written', () => {
    transport.client.stall();
    write('a');
    transport.close(1000);
    expect(transport.client.closeCode).toBeUndefined();
    transport.client.flow();
    expect([transport.client.records, transport.client.closeCode]).toEqual([['a'], 1000]);
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
});
