// Socket.IO as its documentation shows it, WebSockets only.
import { Server, type Socket } from 'socket.io';
import { announced } from './announced.ts';

const http = announced();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

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
