import { DATA, type Micro } from './micro.ts';
import { SinkServer } from './sink.ts';

/** Number of whispers in one turn, each to another connection. */
const TURN = 10;

/** A message to one connection, among few and among many connections: both should cost the same. */
export async function router(): Promise<Micro[]> {
  const micros: Micro[] = [];
  for (const connections of [10, 10_000]) {
    const server = new SinkServer();
    const ids = await server.openMany(connections);
    let next = 0;
    micros.push({
      title: `router: a whisper among ${connections.toLocaleString('en')}`,
      count: TURN,
      run() {
        for (let at = 0; at < TURN; at++) {
          next = (next + 1) % connections;
          void server.clients.client(ids[next] as string).send('m', DATA);
        }
        server.turn();
      },
    });
  }
  return micros;
}
