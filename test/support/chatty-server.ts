// A process of its own: a server with the default logger, whose hub logs as much as its clients ask for. It prints its
// port, and closes the server at SIGTERM.
import { createServer, method, setupHub } from '../../src/index.ts';
import { any } from './schemas.ts';

const TEXT = '.'.repeat(1_000);

const chatty = setupHub({}).createHub({
  methods: {
    Log: method([any<number>(), any<number>()], (hub, from, lines) => {
      for (let line = from; line < from + lines; line++) hub.log.info({ line }, TEXT);
    }),
    Echo: method([any<string>()], (_hub, text) => text),
  },
});
const server = createServer({ hubs: { '/hub': chatty } });
const { port } = await server.listen({ port: 0 });
process.once('SIGTERM', () => void server.close({ drainMs: 0 }));
console.log(port);
