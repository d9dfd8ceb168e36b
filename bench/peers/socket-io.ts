// Socket.IO as its documentation shows it, WebSockets only. With the URL of a Redis it is one of several nodes.
import { Server, type Socket } from 'socket.io';
import { announced } from './announced.ts';

const [redis] = process.argv.slice(2);
const shared = redis === undefined ? {} : { adapter: await adapterOn(redis) };
const io = new Server(announced(), { transports: ['websocket'], serveClient: false, ...shared });

io.on('connection', (socket: Socket) => {
  socket.on('echo', (data: string, reply: (data: string) => void) => reply(data));
  socket.on('broadcast', (data: string) => io.emit('m', data));
  socket.on('whisper', (to: string, data: string) => io.to(to).emit('m', data));
  socket.on('join', (group: string, reply: () => void) => {
    socket.join(group);
    reply();
  });
  socket.on('toGroup', (group: string, data: string) => io.to(group).emit('m', data));
});

/** Imported when it is needed, so that one node alone does not have its memory. */
async function adapterOn(url: string) {
  const { Redis } = await import('ioredis');
  const { createAdapter } = await import('@socket.io/redis-streams-adapter');
  return createAdapter(new Redis(url));
}
