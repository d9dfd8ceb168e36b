// Runs the program of its argument, and tells its parent when the program has come to its end, and every server of it
// listens: then the parent may end it. The ports are in the order of the calls of `listen`.
import { Server } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { listen } = Server.prototype;
const servers = [];
let left = 1;

/** One thing less to wait for. The last one lets the program's own listeners run before it tells. */
function done() {
  left -= 1;
  if (left > 0) return;
  setImmediate(() => process.send({ ports: servers.map((server) => server.address().port) }));
}

Server.prototype.listen = function (...args) {
  servers.push(this);
  left += 1;
  this.once('listening', done);
  return listen.apply(this, args);
};

// From here on the arguments are those of `node PROGRAM`.
process.argv.splice(1, 1);
await import(pathToFileURL(resolve(process.argv[1])));
done();
