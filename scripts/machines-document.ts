import type { AnyStateMachine } from 'xstate';
import { backplaneLinkMachine } from '../machines/backplane-link.ts';
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
    text: `There is one for each connection, from the moment at which its transport has opened. \`src/actors/hub.ts\` provides
the implementations of its actions. \`src/connection/connection.ts\` owns it, and sends it the events of these parts:

- the handshake: \`handshake.*\`
- \`onConnected\`: \`connect.*\`
- the session: \`keepAlive.due\`, \`calls.finished\`, and the lane of outgoing messages (\`lane.*\`)
- the transport: \`transport.*\`
- other reasons to end, such as a Close record, a timer, a limit or the hub: \`connection.ended\`
- the end of the user's credential, which has expired or was revoked: \`credential.ended\`
- the node: \`node.draining\`, \`drain.timedOut\`
- the close sequence, when it has finished: \`connection.closed\`

Every way to the end passes through \`closing\`, where \`close\` runs the close sequence exactly once. \`closed\` is
final.`,
  },
  {
    file: 'long-poll.ts',
    title: 'Long Polling: the polls of one connection',
    machine: longPollMachine,
    text: `There is one for each connection over Long Polling, beside its hub actor. \`src/transports/long-polling.ts\` has the
implementations of its actions and reports what happens. \`src/actors/long-poll.ts\` connects them with the machine.

One poll at a time has the slot. It waits for messages (\`polling\`), or is being answered with them (\`answering\`).
A new poll replaces one that waits, which gets 204. Behind a poll that is being answered the new one waits
(\`handingOver\`), and a third gets 409. Between two polls the client is \`away\`, for 15 s at most.

In \`leaving\` the client has sent DELETE. In \`ending\` the connection has written its last byte: the next poll
carries it, and the one after that gets 204.`,
  },
  {
    file: 'node.ts',
    title: 'The node: one server',
    machine: nodeMachine,
    text: `There is one for each \`createServer()\`. It decides whether connections are accepted, and when the server may stop. It
never owns a connection. \`src/actors/node.ts\` provides the implementations of its actions and sends its events:

- \`listener.bound\` for the first \`listen()\` or \`attach()\`
- \`close.announced\` for \`close()\` with a \`drainDelayMs\`; \`close.requested\` when it is over, or for \`close()\` without
  one
- \`drain.timedOut\` after \`drainMs\`
- \`connections.gone\` when the supervisor has removed the last connection

The states with the tag \`accepting\` accept new connections. In \`retiring\` the server is not ready any more, and load
balancers have the time to notice it.`,
  },
  {
    file: 'backplane-link.ts',
    title: 'The backplane link: one server among others',
    machine: backplaneLinkMachine,
    text: `There is one for each server with a backplane. \`src/backplane/link/link.ts\` has the implementations of its actions and
reports what happens. \`src/actors/backplane-link.ts\` connects them with the machine.

- \`connection.opened\` and \`connection.lost\` come from the backplane, which connects again by itself
- \`sync.finished\` when the node has its lease, all its channels are subscribed, the other nodes have greeted it, and it
  hears its own beacon
- \`sync.failed\` when a part of that has failed
- \`beacon.missed\` when the node has not heard its own beacon for three beacons
- \`close.requested\` when the last connection of the server is gone; \`farewell.sent\` when the other nodes know

Only in \`linked\` the nodes are one. In all other states a node serves its own clients alone, and \`/readyz\` names the
state.`,
  },
];

const PREFACE = `<!-- Generated from the machines by \`npm run diagrams\`. Change a machine, or scripts/machines-document.ts, not this file. -->

# The machines

The lives of connections, polls and servers are XState machines. The machines are pure: no I/O, no clock.
\`src/actors/\` provides the implementations of their actions. They get transitions only; messages pass through plain
queues.

A dashed box stands for several states: an arrow from it starts at each of them. In the tables, an event has no effect
in a state that is not listed.`;

/** The text of machines/README.md, made from the present machines. */
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
