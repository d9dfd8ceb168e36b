import { LongPoll } from '../../src/actors/long-poll.ts';
import { Supervisor } from '../../src/actors/supervisor.ts';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { MemoryClient } from '../../src/testing/memory-client.ts';
import { MemoryEventStream } from '../../src/testing/memory-event-stream.ts';
import { MemoryPoller } from '../../src/testing/memory-long-poll.ts';
import { MemoryTransport } from '../../src/testing/memory-transport.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { FarEnd, TransportKind } from '../../src/testing/transport-kind.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { CollectedLog } from '../support/collected-log.ts';

/** What a transport in memory is made of. */
interface Parts {
  readonly clock: SimulatedClock;
  readonly wheel: TimerWheel;
  readonly highWaterBytes: number;
  readonly nextTurn: (run: () => void) => void;
}

interface Made {
  readonly transport: Transport;
  readonly client: MemoryClient;
}

/** The transports in memory. */
export const MEMORY_KINDS: Readonly<Record<string, TransportKind>> = {
  'WebSockets in memory': memoryKind(({ clock, nextTurn, highWaterBytes }) => {
    const transport = new MemoryTransport({ clock, nextTurn, highWaterBytes });
    return { transport, client: transport.client };
  }, true),
  'ServerSentEvents in memory': memoryKind(
    ({ wheel, nextTurn, highWaterBytes }) => new MemoryEventStream(highWaterBytes, wheel, nextTurn),
  ),
  'LongPolling in memory': memoryKind(({ wheel, nextTurn, highWaterBytes }) => {
    const supervisor = new Supervisor(new CollectedLog());
    const poller = new MemoryPoller(
      'c0',
      {
        pollTimeoutMs: 90_000,
        highWaterBytes,
        alarms: wheel,
        startActor: (implementations) => new LongPoll(supervisor, implementations),
      },
      nextTurn,
    );
    // As over HTTP, where the first poll opens the transport.
    poller.poll();
    return poller;
  }),
};

function memoryKind(make: (parts: Parts) => Made, hasMessages = false): TransportKind {
  return {
    hasMessages,
    kernelBytes: 0,
    hasSimulatedTime: true,
    async open(highWaterBytes) {
      const clock = new SimulatedClock();
      const due: (() => void)[] = [];
      const nextTurn = (run: () => void) => void due.push(run);
      const { transport, client } = make({
        clock,
        wheel: new TimerWheel(clock, new CollectedLog()),
        highWaterBytes,
        nextTurn,
      });
      return {
        transport,
        client: farEnd(client),
        async turn() {
          await new Promise((resolve) => setImmediate(resolve));
          for (const run of due.splice(0)) run();
        },
        pass: (ms) => clock.increment(ms),
        async dispose() {
          transport.terminate();
        },
      };
    },
  };
}

function farEnd(client: MemoryClient): FarEnd {
  const text = () => client.records.map((record) => `${JSON.stringify(record)}\x1e`).join('');
  return {
    send: (record) => client.send(record),
    get length() {
      return text().length;
    },
    text,
    stall: () => client.stall(),
    flow: () => client.flow(),
    cut: () => client.cut(),
    get isEnded() {
      return client.isEnded;
    },
  };
}
