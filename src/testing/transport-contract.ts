import { CLOSE_TIMEOUT_MS, type Transport } from '../transports/transport.ts';
import type { TestFramework } from './test-framework.ts';
import type { FarEnd, TransportKind } from './transport-kind.ts';
import { HIGH_WATER_BYTES, record, transportTest } from './transport-test.ts';

/** Close code of a WebSocket that ends in order; other transports have none. */
const NORMAL = 1000;
/** More than the accuracy of a timer wheel. */
const ABOUT_MS = 200;

const WAYS_TO_END: Readonly<Record<string, (transport: Transport, client: FarEnd) => void>> = {
  close: (transport) => transport.close(NORMAL),
  terminate: (transport) => transport.terminate(),
  cut: (_transport, client) => client.cut(),
};

/**
 * Declares the tests that every implementation of the port `Transport` has to pass. They are what the comments of
 * `transports/transport.ts` promise.
 */
export function transportContract(framework: TestFramework, kind: TransportKind): void {
  const { expect } = framework;
  const test = transportTest(framework, kind);

  test('passes on what the client sends, whole and in order, and says where its messages end', async (run) => {
    const sent = Array.from({ length: 200 }, (_, number) => record(number, (number * 37) % 3_000));
    for (const one of sent) run.client.send(one);
    await run.until('everything was received', () => run.trace.length >= sent.join('').length);
    expect(run.trace.text()).toEqual(sent.join(''));
    const ends = sent.map((_, last) => sent.slice(0, last + 1).join('').length);
    expect(run.trace.messageEnds).toEqual(kind.hasMessages ? ends : []);
    await run.until('nothing is held any more', () => run.trace.held === 0);
    expect(run.trace.late).toEqual([]);
  });

  test('hands over what is written, whole and in order', async (run) => {
    for (let number = 0; number < 200; number++) {
      if (number % 3 === 0) run.write(record(number), record(number, 500), record(number, 70_000));
      else run.write(record(number, (number * 37) % 3_000));
      if (number % 20 === 0) await run.turn();
    }
    await run.until('the client had read everything', () => run.client.length >= run.written.length);
    expect(run.client.text()).toEqual(run.written);
    await run.until('nothing is buffered any more', () => run.transport.buffered === 0);
    expect(run.trace.ends).toEqual([]);
  });

  test('counts the bytes that a stalled client does not take, and says when they are taken', async (run) => {
    await run.writeTooMuch();
    await run.turn();
    const { buffered, progress } = run.transport;
    const before = run.trace.drainedTimes;
    expect(buffered >= HIGH_WATER_BYTES, 'at least the high-water mark is buffered').toEqual(true);
    run.client.flow();
    await run.until('it said so', () => run.trace.drainedTimes > before);
    await run.until('nothing is buffered any more', () => run.transport.buffered === 0);
    await run.until('the client had read everything', () => run.client.length >= run.written.length);
    expect(run.client.text() === run.written, 'the client has what was written').toEqual(true);
    expect(run.transport.progress !== progress, 'its progress has changed').toEqual(true);
  });

  test('reads nothing while it is paused, and loses nothing', async (run, another) => {
    const neighbour = await another();
    run.transport.pause();
    const sent = [record(1), record(2, 50_000), record(3)];
    for (const one of sent) run.client.send(one);
    neighbour.client.send(record(4));
    // What was sent before to a transport that reads would have come by then.
    await neighbour.until('a transport that reads got something', () => neighbour.trace.length > 0);
    for (let turns = 0; turns < 10; turns++) await run.turn();
    expect(run.trace.text()).toEqual('');
    run.transport.resume();
    await run.until('everything was received', () => run.trace.length >= sent.join('').length);
    expect(run.trace.text()).toEqual(sent.join(''));
  });

  test('closes behind everything that was written, and takes nothing more', async (run) => {
    await run.writeTooMuch();
    run.transport.close(NORMAL);
    const { written } = run;
    run.write(record(0, 100));
    await run.turn();
    expect(run.trace.ends).toEqual([]);
    run.client.flow();
    await run.untilClosed();
    await run.until('the client knew of the end', () => run.client.isEnded);
    expect(run.client.text() === written, 'the client has what was written before').toEqual(true);
    expect(run.trace.ends.length).toEqual(1);
  });

  test('closes while it is paused', async (run) => {
    run.transport.pause();
    run.client.send(record(1));
    run.transport.close(NORMAL);
    await run.untilClosed();
    expect(run.trace.ends.length).toEqual(1);
  });

  test('terminates at once, although its client does not read', async (run) => {
    await run.writeTooMuch();
    run.transport.terminate();
    await run.untilClosed();
    expect(run.trace.ends).toEqual([{ by: 'loss' }]);
    run.client.flow();
    await run.until('the client knew of the end', () => run.client.isEnded);
  });

  test('says once that its client has gone; then it does nothing, and throws nothing', async (run) => {
    run.client.send(record(1));
    run.client.send(record(2, 50_000));
    run.client.cut();
    await run.untilMissed();
    run.write(record(3));
    run.transport.pause();
    run.transport.resume();
    run.transport.close(NORMAL);
    run.transport.terminate();
    for (let turns = 0; turns < 10; turns++) await run.turn();
    expect(run.trace.ends.length).toEqual(1);
    expect(run.trace.late).toEqual([]);
    expect(run.trace.held).toEqual(0);
  });

  for (const [first, end] of Object.entries(WAYS_TO_END)) {
    for (const [second, endAgain] of Object.entries(WAYS_TO_END)) {
      test(`ends once after ${first} and ${second}`, async (run) => {
        run.write(record(1));
        end(run.transport, run.client);
        endAgain(run.transport, run.client);
        await run.untilMissed();
        run.write(record(2));
        endAgain(run.transport, run.client);
        for (let turns = 0; turns < 10; turns++) await run.turn();
        expect(run.trace.ends.length).toEqual(1);
        expect(run.trace.late).toEqual([]);
      });
    }
  }

  if (kind.hasMessages) {
    test('passes on a message without bytes', async (run) => {
      for (const one of ['a', '', 'b']) run.client.send(one);
      await run.until('three messages ended', () => run.trace.messageEnds.length === 3);
      expect(run.trace.messageEnds).toEqual([1, 1, 2]);
    });
  }

  if (!kind.hasSimulatedTime) return;
  test('terminates a client that has not taken the end 5 s after it was closed', async (run) => {
    await run.writeTooMuch();
    run.transport.close(NORMAL);
    run.pass(CLOSE_TIMEOUT_MS - ABOUT_MS);
    await run.turn();
    expect(run.trace.ends).toEqual([]);
    run.pass(2 * ABOUT_MS);
    await run.untilClosed();
    expect(run.trace.ends).toEqual([{ by: 'loss' }]);
  });
}
