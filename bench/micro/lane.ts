import { DATA, type Micro } from './micro.ts';
import { SinkServer } from './sink.ts';

const CONNECTIONS = 1_000;

/** From `send` to the bytes of a frame, for every receiver: router, outbox, delivery, lanes, runs, framing. */
export async function lane(): Promise<Micro[]> {
  const server = new SinkServer();
  await server.openMany(CONNECTIONS);
  return [1, 8].map((messages) => ({
    title: `lane: a delivery, ${messages} in a turn to ${CONNECTIONS}`,
    count: messages * CONNECTIONS,
    run() {
      for (let at = 0; at < messages; at++) void server.clients.all.send('m', DATA);
      server.turn();
    },
  }));
}
