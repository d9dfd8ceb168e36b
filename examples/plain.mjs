// A client of the chat that speaks no SignalR: nothing but `WebSocket`. Start the server with `npm start`, then
//
//     node examples/plain.mjs [name] [url]
//
// Node.js 20 needs `node --experimental-websocket examples/plain.mjs`; in a browser it works as it is.
const [name = 'plain', url = 'ws://127.0.0.1:5080/hubs/chat/ws'] = globalThis.process?.argv.slice(2) ?? [];

const socket = new WebSocket(url, 'signalbox.envelope.v1');
const send = (type, payload, id) => socket.send(JSON.stringify({ type, payload, id }));

socket.onopen = () => {
  send('SetUsername', name, 1);
  send('SendMessage', `Hello from ${name}.`, 2);
};
socket.onmessage = ({ data }) => {
  const { type, payload, timestamp, id } = JSON.parse(data);
  console.log(timestamp, type, id ?? '', JSON.stringify(payload));
};
socket.onclose = ({ code }) => console.log('closed', code);
