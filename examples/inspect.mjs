#!/usr/bin/env node
// Shows the actors of a running signalbox with their states, and every transition when it happens. It needs nothing but
// `ws`: the inspector's messages are those of @statelyai/inspect, one JSON object each.
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const DEFAULT = 'ws://127.0.0.1:5080/inspect';
const HELP = `Usage: node examples/inspect.mjs [ADDRESS] [options]

Shows the actors of a running signalbox with their states, and every transition when it happens: on a screen in a
terminal, and as a line for each transition elsewhere. ADDRESS is that of the inspector of a server that was started
with --inspect; the default is ${DEFAULT}.

  --watch ID,ID  these actors only
  --token TOKEN  the token that the inspector asks for
  --lines        lines, in a terminal, too
  --screen       a screen, elsewhere, too
  --columns N    width of the screen, from 1 to 9999
  --rows N       height of the screen, from 1 to 9999
  -h, --help     print this text, and do nothing else

Exit code 1: the inspector cannot be reached, or lets nobody in. 2: the arguments cannot be used.`;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(HELP);
  process.exit();
}
const url = addressOf(positionals);
if (values.watch !== undefined) url.searchParams.set('watch', values.watch);
const columns = sizeOf('columns', process.stdout.columns || 100);
const rows = sizeOf('rows', process.stdout.rows || 40);
const hasScreen = values.screen && !values.lines;

/** Each actor by its session id: its name, its parent, its latest snapshot and its state. */
const actors = new Map();
/** The newest transitions. */
const history = [];
let received = 0;

const hasColours = hasScreen || (process.stdout.isTTY === true && process.env.NO_COLOR === undefined);
const colour = (code) => (text) => (hasColours ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, yellow, red, cyan] = [1, 2, 32, 33, 31, 36].map(colour);

/** Ends with a line about what is wrong. */
function fail(exitCode, text) {
  console.error(`inspect.mjs: ${text}`);
  process.exit(exitCode);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        watch: { type: 'string' },
        token: { type: 'string' },
        lines: { type: 'boolean', default: false },
        screen: { type: 'boolean', default: process.stdout.isTTY === true },
        columns: { type: 'string' },
        rows: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // The first sentence: the rest of Node's text is about arguments that look like options.
    return fail(2, `${error.message.split(/\.\s/)[0]}. --help lists the options.`);
  }
}

function addressOf([text = DEFAULT, another]) {
  if (another !== undefined) fail(2, `'${another}' is a word too many; expected is one address at most.`);
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (!/^(?:wss?|https?):$/.test(address?.protocol) || address.hash !== '') {
    fail(2, `'${text}' is no address of an inspector; expected is one such as ${DEFAULT}.`);
  }
  return address;
}

function sizeOf(option, usual) {
  const text = values[option] ?? String(usual);
  if (!/^[1-9]\d{0,3}$/.test(text)) fail(2, `--${option} takes a whole number from 1 to 9999, not '${text}'.`);
  return Number(text);
}

function receive(message) {
  received += 1;
  if (message?.type === '@xstate.actor') {
    const { sessionId, name, parentId, snapshot } = message;
    actors.set(sessionId, { name: clean(name), parentId, snapshot, state: stateOf(snapshot) });
  } else if (message.type === '@xstate.snapshot') update(message);
}

/** Handles an event of an actor. For a machine that is a transition, even if its state stays the same. */
function update({ sessionId, snapshot, event, createdAt }) {
  const actor = actors.get(sessionId);
  if (actor === undefined) return;
  const [from, to] = [actor.state, stateOf(snapshot)];
  Object.assign(actor, { snapshot, state: to });
  if (snapshot.status !== 'active') actor.endedAt = Date.now();
  if (to === '') return;
  const entry = { at: new Date(Number(createdAt)), name: actor.name, event: clean(event.type), from, to };
  history.push(entry);
  if (history.length > 200) history.shift();
  if (!hasScreen) console.log(lineOf(entry));
}

/** Text of a state: `{ alive: { open: 'flowing' } }` is alive.open.flowing. Hand-written actors have no states. */
function stateOf({ status, value }) {
  if (status === 'error') return 'crashed';
  if (value === undefined) return '';
  if (typeof value === 'string') return clean(value);
  return Object.entries(value)
    .map(([name, inner]) => `${clean(name)}.${stateOf({ value: inner })}`)
    .join(' + ');
}

/** Counters of a hand-written actor, or hub and close reason of the connection that a hub actor owns. */
function figuresOf({ status, value, context, children, tags, historyValue, ...figures }) {
  const { connection, reason } = context ?? {};
  const shown = Object.entries(figures).flatMap(([name, figure]) => {
    const parts = typeof figure === 'object' ? Object.entries(figure ?? {}) : [[name, figure]];
    return parts.filter(([, part]) => part !== 0).map(([part, value]) => `${part} ${value}`);
  });
  return clean([connection?.hub, reason?.name, ...shown].filter(Boolean).join('  '));
}

/** Removes control characters, which could change the terminal. */
function clean(text) {
  return String(text).replaceAll(/\p{Cc}/gu, '');
}

function paint(state) {
  if (/crashed|stopped/.test(state)) return red;
  if (/closing|closed|draining|congested/.test(state)) return yellow;
  return green;
}

function cell(text, width) {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function lineOf({ at, name, event, from, to }) {
  const isNew = event === 'xstate.init';
  const moved = from === to && !isNew ? dim('stays') : `${dim(isNew ? 'new' : from)} ${dim('→')} ${paint(to)(to)}`;
  return `${dim(at.toISOString().slice(11, 23))}  ${cell(name, 24)}  ${cyan(cell(event, 20))}  ${moved}`;
}

function actorLine({ name, state, snapshot, endedAt }, branch) {
  const [first, second] = [24, 22];
  const figures = cell(figuresOf(snapshot), Math.max(10, columns - branch.length - first - second - 4)).trimEnd();
  const shownName = cell(name, first - branch.length + 3);
  return `${dim(branch)}${endedAt === undefined ? shownName : dim(shownName)}  ${paint(state)(cell(state, second))}  ${dim(figures)}`;
}

function draw() {
  // Actors that have ended are shown for 5 s more.
  for (const [id, { endedAt }] of actors) if (endedAt !== undefined && Date.now() - endedAt > 5_000) actors.delete(id);
  const roots = [...actors.values()].filter(({ parentId }) => !actors.has(parentId));
  const tree = roots.flatMap((root) => {
    const children = [...actors].filter(([, { parentId }]) => actors.get(parentId) === root).map(([, actor]) => actor);
    const branch = (n) => (n === children.length - 1 ? '└─ ' : '├─ ');
    return [actorLine(root, ''), ...children.map((child, n) => actorLine(child, branch(n)))];
  });
  const room = Math.max(4, Math.floor(rows * 0.6));
  const hidden = tree.length - room;
  const shown = hidden > 0 ? [...tree.slice(0, room), dim(`   and ${hidden} more`)] : tree;
  const lines = [
    `${bold('signalbox')} ${dim(`${url.origin}${url.pathname}`)}   ${actors.size} actors, ${received} messages`,
    '',
    ...shown,
    '',
    ...history.slice(-Math.max(3, rows - shown.length - 4)).map(lineOf),
  ];
  process.stdout.write(`\x1b[H\x1b[2J${lines.join('\n')}\n`);
}

// The reader of the output may close its end, for example `head`.
process.stdout.on('error', () => process.exit());

const socket = connect();
socket.on('message', (data) => receive(messageIn(data)));
socket.on('open', () => {
  if (hasScreen) setInterval(draw, 100);
});
socket.on('unexpected-response', (_request, response) => {
  let why = '';
  response.setEncoding('utf8').on('data', (text) => {
    why += text;
  });
  response.on('end', () => fail(1, `${url.origin} answers ${response.statusCode}: ${clean(why)}`));
});
socket.on('error', ({ code, message }) => {
  const why = code === 'ECONNREFUSED' ? 'nobody listens there' : clean(message || code);
  fail(
    1,
    `${url.origin}: ${why}. Expected is a server that was started with --inspect, or its address as an argument.`,
  );
});
socket.on('close', (code) => {
  if (hasScreen) draw();
  console.error(code === 1001 ? 'The server has stopped.' : `Detached (${code}).`);
  process.exit();
});

function connect() {
  const headers = values.token === undefined ? {} : { authorization: `Bearer ${values.token}` };
  try {
    return new WebSocket(url, { headers, perMessageDeflate: false });
  } catch {
    return fail(2, '--token takes a token; this one has characters that no header can carry.');
  }
}

function messageIn(data) {
  try {
    return JSON.parse(data.toString());
  } catch {
    return fail(
      1,
      `${url.origin}${url.pathname} sends something else than an inspector; expected is an address such as ${DEFAULT}.`,
    );
  }
}
