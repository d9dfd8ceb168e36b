// A plain client with the WebSocket of Node.js, controlled by lines of JSON as client.py is. Pings are not to be seen.
import { createInterface } from 'node:readline';

const [url, ...subprotocols] = process.argv.slice(2);
const tell = (...event) => console.log(JSON.stringify(event));
const socket = new WebSocket(url, subprotocols);
const lines = createInterface({ input: process.stdin });

lines.on('line', (line) => {
  const [command, value] = JSON.parse(line);
  if (command === 'close') socket.close(value);
  else socket.send(command === 'bytes' ? new TextEncoder().encode(value) : value);
});
socket.onopen = () => tell('open', socket.protocol || null);
socket.onmessage = ({ data }) => tell('message', data);
socket.onclose = ({ code }) => {
  tell('closed', code);
  lines.close();
};
