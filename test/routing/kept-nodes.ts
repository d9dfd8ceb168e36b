import type { HubContext } from '../../src/hub/hub-context.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { type MessageOptions, method, type Position, setupHub } from '../../src/index.ts';
import { type MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';

interface Listener {
  Heard(text: string): void;
}

/** A message: its text, and its groups, or the id of its receiver. */
export interface Said {
  readonly text: string;
  readonly groups?: readonly string[];
  readonly to?: string;
  readonly messageId?: string;
}

/** What became of a `send`. */
export interface Outcome {
  readonly text: string;
  result: 'pending' | Position | undefined | Error;
}

interface Settings {
  readonly count?: number;
  readonly moderate?: readonly Moderator[];
  readonly hubOptions?: HubOptions;
}

const PATIENT = { clientTimeoutMs: 3_600_000, keepAliveIntervalMs: 1_800_000, moderationTimeoutMs: 3_600_000 } as const;

/** Nodes with groups `room:*` that keep their messages. */
export class KeptNodes {
  readonly nodes = new MemoryNodes();
  /** In the order of the calls. */
  readonly outcomes: Outcome[] = [];
  readonly #contexts = new Map<MemoryNode, HubContext<Listener>>();

  static async start(settings: Settings = {}): Promise<KeptNodes> {
    const kept = new KeptNodes();
    const { count = 2, moderate = [], hubOptions = {} } = settings;
    for (let at = 0; at < count; at++) {
      const hub = kept.#hub(moderate);
      const node = kept.nodes.add(hub, { hubOptions: { ...PATIENT, ...hubOptions } });
      kept.#contexts.set(node, node.server.parts.context(hub));
      void node.cluster.start();
    }
    await kept.nodes.settle();
    return kept;
  }

  get first(): MemoryNode {
    return this.nodes.at(0);
  }
  get second(): MemoryNode {
    return this.nodes.at(1);
  }
  /** What each `send` has become. */
  get results(): readonly unknown[] {
    return this.outcomes.map(({ result }) => result);
  }

  context(node = this.first): HubContext<Listener> {
    return this.#contexts.get(node) as HubContext<Listener>;
  }

  /** Connects a client that is in these groups. */
  async join(node: MemoryNode, ...groups: readonly string[]): Promise<Peer> {
    const peer = node.open();
    await this.nodes.settle();
    for (const group of groups) void this.context(node).groups.add(peer.id, group);
    await this.nodes.settle();
    return peer;
  }

  /** A client sends messages, in one call, without waiting for any. */
  say({ client }: Peer, ...said: readonly Said[]): void {
    client.invoke('Say', [said]);
  }

  /** A node sends a message by itself. */
  sayFrom(node: MemoryNode, group: string, text: string, options: MessageOptions = {}): void {
    this.#note(text, this.context(node).clients.group(group).with(options).send('Heard', text));
  }

  heard({ client }: Peer): readonly unknown[] {
    return client.calls('Heard').map(([text]) => text);
  }

  #note(text: string, sent: Promise<Position | undefined>): void {
    const outcome: Outcome = { text, result: 'pending' };
    this.outcomes.push(outcome);
    sent.then(
      (position) => {
        outcome.result = position;
      },
      (error: Error) => {
        outcome.result = error;
      },
    );
  }

  #hub(moderate: readonly Moderator[]) {
    return setupHub({ client: {} as Listener }).createHub({
      history: { 'room:*': { size: 100, ttlMs: 3_600_000 } },
      moderate,
      methods: {
        Say: method([any<readonly Said[]>()], ({ clients }, said) => {
          for (const { text, groups, to, messageId } of said) {
            const options = messageId === undefined ? {} : { messageId };
            const receivers = to === undefined ? clients.groups(groups ?? []) : clients.client(to);
            this.#note(text, receivers.with(options).send('Heard', text));
          }
        }),
      },
    });
  }
}
