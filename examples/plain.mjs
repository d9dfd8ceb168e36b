// A client of the chat that speaks no SignalR: nothing but `WebSocket`. In a browser it works as it is.
const HELP = `Usage: node examples/plain.mjs [NAME] [URL]

Says hello in the chat without SignalR, and prints what it gets until the server closes. The default of NAME is plain,
that of URL ws://127.0.0.1:5080/hubs/chat/ws, where npm start serves. Node.js 20 needs node --experimental-websocket.

  -h, --help  print this text, and do nothing else`;

const [name = 'plain', url = 'ws://127.0.0.1:5080/hubs/chat/ws'] = globalThis.process?.argv.slice(2) ?? [];
if (name === '-h' || name === '--help') {
  console.log(HELP);
  process.exit();
}

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
