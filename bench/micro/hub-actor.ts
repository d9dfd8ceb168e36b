import type { Micro } from './micro.ts';
import { SinkServer } from './sink.ts';

/** The whole life of a hub actor: spawn, handshake, open, closed, removed. */
export function hubActor(): Micro[] {
  const server = new SinkServer();
  return [
    {
      title: 'hub actor: a life',
      count: 1,
      async run() {
        const { transport } = await server.open();
        transport.terminate();
        while (server.parts.supervisor.size > 0) await Promise.resolve();
      },
    },
  ];
}
