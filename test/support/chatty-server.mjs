// A process of its own: a server with the default logger, whose hub logs as much as its clients ask for. It prints its
// port, and closes the server at SIGTERM. It runs the built code, and nothing else that may use standard error.
import { createServer, method, setupHub } from '../../dist/src/index.js';

const TEXT = '.'.repeat(1_000);
const any = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };

const chatty = setupHub({}).createHub({
  methods: {
    Log: method([any, any], (hub, from, lines) => {
      for (let line = from; line < from + lines; line++) hub.log.info({ line }, TEXT);
    }),
    Echo: method([any], (_hub, text) => text),
  },
});
const server = createServer({ hubs: { '/hub': chatty } });
const { port } = await server.listen({ port: 0 });
process.once('SIGTERM', () => void server.close({ drainMs: 0 }));
console.log(port);
