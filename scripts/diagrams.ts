import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { hubMachine } from '../machines/hub.ts';
import { longPollMachine } from '../machines/long-poll.ts';
import { nodeMachine } from '../machines/node.ts';
import { eventTable, stateTable } from './machine-tables.ts';
import { stateDiagram } from './state-diagram.ts';

interface Chapter {
  readonly file: string;
  readonly title: string;
  readonly text: string;
  readonly machine: AnyStateMachine;
}

const CHAPTERS: readonly Chapter[] = [
  {
    file: 'hub.ts',
    title: 'The hub actor: one connection',
    machine: hubMachine,
    text: `There is one for each connection, from the moment its transport has opened. \`src/actors/hub.ts\` gives it its hands,
\`src/connection/connection.ts\` owns it and sends its events on behalf of those who notice them: the greeting
(\`handshake.*\`), the welcome that runs \`onConnected\` (\`connect.*\`), the conversation (\`keepAlive.due\`,
\`calls.finished\`), the lane of outgoing messages (\`outbox.*\`), the transport (\`transport.closed\`), whoever else
ends the connection (\`connection.ended\`: a Close record, a timer, a limit, the hub), the node (\`node.draining\`,
\`drain.timedOut\`), and the farewell once everything is over (\`connection.closed\`). Whatever happens, the way
leads through \`closing\`, where \`close\` does what must be done exactly once, to \`closed\`, which nothing
leaves.`,
  },
  {
    file: 'long-poll.ts',
    title: 'Long Polling: the polls of one connection',
    machine: longPollMachine,
    text: `There is one for each connection over Long Polling, beside its hub actor. \`src/transports/long-polling.ts\` implements
the actions and notices what happens, \`src/actors/long-poll.ts\` puts both together. One poll at a time is the current
one: it waits for messages (\`polling\`) or is being answered with them (\`answering\`). A new poll replaces one that
waits, which is answered with 204. While an answer is on its way, one new poll waits behind it (\`handingOver\`), and
each further one is refused with 409. Between two polls the client is \`away\`, for 15 s at most. \`leaving\`: it has
sent DELETE. \`ending\`: the connection has written its last byte, which goes with the next poll, and the one behind it
gets 204.`,
  },
  {
    file: 'node.ts',
    title: 'The node: one server',
    machine: nodeMachine,
    text: `There is one for each \`createServer()\`. It decides whether connections are accepted, and when the server may stop; it
never owns a connection. \`src/actors/node.ts\` gives it its hands and sends its events: \`listener.bound\` for the first
\`listen()\` or \`attach()\`, \`close.requested\` for \`close()\`, \`drain.timedOut\` when \`drainMs\` are over, and
\`connections.gone\` when the supervisor has forgotten the last connection. New connections are taken in the states with
the tag \`accepting\`.`,
  },
];

const PREFACE = `<!-- Generated from the machines by \`npm run diagrams\`. Change a machine, or scripts/diagrams.ts, not this file. -->

# The machines

Lives are XState machines, here without hands: pure, no I/O, no clock. \`src/actors/\` provides what their actions do.
They hear of transitions only; messages pass them by in plain queues.

A dashed box stands for several states: an arrow from it leaves each of them in the same way. In the tables, an event in
a state that is not named does nothing.`;

/** machines/README.md, from the machines as they are. */
export function renderMachines(): string {
  return `${[PREFACE, ...CHAPTERS.map(renderChapter)].join('\n\n')}\n`;
}

function renderChapter({ file, title, text, machine }: Chapter): string {
  return [
    `## ${title}`,
    `[\`${file}\`](${file})`,
    text,
    `\`\`\`mermaid\n${stateDiagram(machine)}\n\`\`\``,
    stateTable(machine),
    eventTable(machine),
  ].join('\n\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(new URL('../machines/README.md', import.meta.url), renderMachines());
}
