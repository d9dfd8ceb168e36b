#!/usr/bin/env node
// Shows the actors of a running signalbox with their states, and every transition when it happens.
//
//     node examples/inspect.mjs [ws://127.0.0.1:5080/inspect] [--watch ID,ID] [--token TOKEN] [--lines | --screen]
//
// In a terminal it draws a screen. Elsewhere, and with --lines, it writes a line for each transition. It needs nothing
// but `ws`: the inspector's messages are those of @statelyai/inspect, one JSON object each.
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    watch: { type: 'string' },
    token: { type: 'string' },
    lines: { type: 'boolean', default: false },
    screen: { type: 'boolean', default: process.stdout.isTTY === true },
    columns: { type: 'string', default: String(process.stdout.columns ?? 100) },
    rows: { type: 'string', default: String(process.stdout.rows ?? 40) },
  },
});
const url = new URL(positionals[0] ?? 'ws://127.0.0.1:5080/inspect');
if (values.watch !== undefined) url.searchParams.set('watch', values.watch);
const columns = Number(values.columns);
const rows = Number(values.rows);
const hasScreen = values.screen && !values.lines;

/** Each actor by its session id: its name, its parent, its latest snapshot and its state. */
const actors = new Map();
/** The newest transitions. */
const history = [];
let received = 0;

const hasColours = hasScreen || (process.stdout.isTTY === true && process.env.NO_COLOR === undefined);
const colour = (code) => (text) => (hasColours ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, yellow, red, cyan] = [1, 2, 32, 33, 31, 36].map(colour);

function receive(message) {
  received += 1;
  if (message.type === '@xstate.actor') {
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

const headers = values.token === undefined ? {} : { authorization: `Bearer ${values.token}` };
const socket = new WebSocket(url, { headers, perMessageDeflate: false });
socket.on('message', (data) => receive(JSON.parse(data.toString())));
socket.on('open', () => {
  if (hasScreen) setInterval(draw, 100);
});
socket.on('unexpected-response', (_request, response) => {
  response.setEncoding('utf8');
  response.on('data', (why) => console.error(`${response.statusCode}: ${clean(why)}`));
  response.on('end', () => process.exit(1));
});
socket.on('error', (error) => {
  console.error(`${url.origin}: ${error.message}`);
  process.exit(1);
});
socket.on('close', (code) => {
  if (hasScreen) draw();
  console.error(code === 1001 ? 'The server has stopped.' : `Detached (${code}).`);
  process.exit();
});
