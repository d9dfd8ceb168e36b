import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { type MessageOptions, method, type Position, setupHub } from '../../src/index.ts';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, type Peer, type Who } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';

export const SIZE = 5;
export const TTL_MS = 60_000;

interface Listener {
  Heard(...values: unknown[]): void;
}

interface SiteOptions {
  readonly moderate?: readonly Moderator[];
  readonly hubOptions?: HubOptions;
}

/** A server that is alone, with groups `room:*` that keep their messages. */
export class HistorySite {
  readonly server: MemoryServer;
  readonly #hub: ReturnType<typeof historyHub>;

  constructor(options: SiteOptions = {}) {
    this.#hub = historyHub(options);
    this.server = new MemoryServer(this.#hub, {
      hubOptions: { keepAliveIntervalMs: 600_000, clientTimeoutMs: 1_200_000, plain: true, ...options.hubOptions },
    });
  }

  get context() {
    return this.server.parts.context(this.#hub);
  }

  /** Connects a client that is in these groups. */
  async join(groups: readonly string[], who: Who & { readonly protocol?: ProtocolName } = {}): Promise<Peer> {
    const peer = this.server.open(who);
    if (who.protocol !== undefined) peer.client.protocol = clientProtocol(who.protocol);
    peer.client.handshake();
    for (const group of groups) await this.context.groups.add(peer.id, group);
    await this.server.settle();
    return peer;
  }

  history(group = 'room:1') {
    return this.context.history(group);
  }

  /** The server sends a message to a group. */
  say(text: unknown, options: MessageOptions = {}, group = 'room:1'): Promise<Position | undefined> {
    return this.context.clients.group(group).with(options).send('Heard', text);
  }

  /** Sends messages, and returns the position of the last one. */
  async sayAll(...texts: readonly unknown[]): Promise<Position> {
    let position: Position | undefined;
    for (const text of texts) position = await this.say(text);
    return position as Position;
  }

  /** First arguments of what is kept, oldest first; undefined: it was removed. */
  async kept(group = 'room:1'): Promise<readonly unknown[]> {
    return (await this.history(group).latest()).map(({ args }) => args[0]).reverse();
  }

  /** First arguments of what a client has heard. */
  async heard({ client }: Pick<Peer, 'client'>): Promise<readonly unknown[]> {
    await this.server.settle();
    return client.calls('Heard').map(([first]) => first);
  }
}

function historyHub({ moderate = [] }: SiteOptions) {
  return setupHub({ client: {} as Listener }).createHub({
    history: { 'room:*': { size: SIZE, ttlMs: TTL_MS } },
    moderate,
    methods: {
      /** Returns the promise of `send`. */
      Say: method([any<string>(), any<string>(), any<string | null>()], (hub, group, text, messageId) =>
        hub.clients
          .group(group)
          .with(messageId === null ? {} : { messageId })
          .send('Heard', text),
      ),
      SayToOthers: method([any<string>(), any<string>()], (hub, group, text) =>
        hub.clients.othersInGroup(group).send('Heard', text),
      ),
      Recover: method([any<string>(), any<Position>()], async (hub, group, from) => {
        await hub.groups.add(hub.connectionId, group);
        return hub.history(group).since(from);
      }),
      Since: method([any<string>(), any<Position>()], (hub, group, from) => hub.history(group).since(from)),
      Latest: method([any<string>()], (hub, group) => hub.history(group).latest()),
    },
  });
}
