import type { HubContext } from '../../src/hub/hub-context.ts';
import { method, setupHub, stream } from '../../src/index.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { positionText } from '../../src/protocol/position.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { type MemoryNode, MemoryNodes } from '../support/memory-nodes.ts';
import type { Peer } from '../support/memory-server.ts';
import { ReturningClient } from '../support/returning-client.ts';
import { any } from '../support/schemas.ts';

/** Ways on which a message comes into a lane. */
export const ROUTES = ['local', 'channel', 'kept', 'repaired', 'whisper', 'stream'] as const;
export type Route = (typeof ROUTES)[number];

interface Listener {
  Heard(number: number, ballast: string): void;
}

/** Longer than what a lane writes at once. */
const BALLAST = 'x'.repeat(100);
const HUB_OPTIONS = {
  plain: true,
  allowStatefulReconnects: true,
  clientTimeoutMs: 3_600_000,
  keepAliveIntervalMs: 1_800_000,
  moderationTimeoutMs: 3_600_000,
  streamBufferCapacity: 1_000,
} as const;
/** A client for which more waits than this misses the oldest messages. */
const NARROW = { policy: 'dropOldest', highWaterBytes: 500, limitMessages: 8, graceMs: 0, stallMs: 3_600_000 } as const;
export const PLAIN_GROUP = 'lobby';
const KEPT_GROUP = 'room:1';

/** Two nodes; on the second one three receivers, of each protocol, two of which return with stateful reconnect. */
export class LaneMatrix {
  readonly nodes = new MemoryNodes();
  readonly receivers: Peer[] = [];
  /** Numbers of the messages that were sent. */
  sent = 0;
  /** Positions of the messages, by their numbers, as `send` has told them. */
  readonly positions = new Map<number, string>();
  /** Groups of which the receivers' node was told that messages are lost. */
  readonly gaps: string[] = [];
  /** The number of the message that is held by a moderator. */
  held: number | undefined;
  readonly route: Route;
  readonly #verdict: Deferred<void> = defer();
  /** What each stream of a receiver still has to yield. */
  readonly #items = new Map<string, { readonly waiting: number[]; more: Deferred<void> }>();
  #context!: HubContext<Listener>;
  #sender!: Peer;

  private constructor(route: Route) {
    this.route = route;
  }

  /** @param isNarrow Whether little may wait for a client. */
  static async start(route: Route, isNarrow: boolean): Promise<LaneMatrix> {
    const matrix = new LaneMatrix(route);
    const { nodes } = matrix;
    for (let at = 0; at < 2; at++) {
      const hub = matrix.#hub((group) => {
        if (at === 1) matrix.gaps.push(group);
      });
      const hubOptions = { ...HUB_OPTIONS, ...(isNarrow ? { slowConsumer: NARROW } : {}) };
      const node = nodes.add(hub, { hubOptions });
      matrix.#context = node.server.parts.context(hub);
      void node.cluster.start();
    }
    await nodes.settle();
    const { here } = matrix;
    for (const name of ['json', 'messagepack'] as const) {
      const peer = here.server.openReturning({ id: here.newId(), wantsPositions: true, isMute: true });
      peer.client.protocol = clientProtocol(name);
      peer.client.handshake();
      matrix.receivers.push(peer);
    }
    matrix.receivers.push(here.server.openPlain({ id: here.newId(), wantsPositions: true }));
    matrix.#sender = (route === 'local' ? here : nodes.at(0)).open();
    await nodes.settle();
    for (const { id } of matrix.receivers)
      for (const group of [PLAIN_GROUP, KEPT_GROUP]) void matrix.#context.groups.add(id, group);
    if (route === 'stream') for (const { client, id } of matrix.receivers) client.stream('Items', [id], 'items');
    if (route === 'repaired') {
      // Every second one is lost on its way, so that the next one shows it.
      let entries = 0;
      nodes.exchange.loses = ({ kind, to }) => {
        if (kind !== 'entry' || to !== here.backplane) return false;
        entries += 1;
        return entries % 2 === 1;
      };
    }
    await nodes.settle();
    return matrix;
  }

  /** The node of the receivers. */
  get here(): MemoryNode {
    return this.nodes.at(1);
  }
  /** The receivers that return. */
  get returning(): readonly Peer[] {
    return this.receivers.filter(({ client }) => client instanceof ReturningClient);
  }

  /** Sends so many messages, at once. */
  send(count: number): void {
    const numbers = Array.from({ length: count }, (_, at) => this.sent + 1 + at);
    this.sent += count;
    if (this.route !== 'stream') {
      this.#sender.client.invoke('Say', [numbers, this.receivers.map(({ id }) => id)]);
      return;
    }
    for (const stream of this.#items.values()) {
      stream.waiting.push(...numbers);
      stream.more.resolve();
    }
  }

  /** Lets the held message pass. */
  release(): void {
    this.#verdict.resolve();
  }

  leave(): void {
    for (const { id } of this.receivers)
      for (const group of [PLAIN_GROUP, KEPT_GROUP]) void this.#context.groups.remove(id, group);
  }

  /** Numbers that a receiver has heard, in their order. */
  heard({ client }: Peer): readonly number[] {
    if (this.route === 'stream') return client.items('items').map((item) => (item as readonly [number])[0]);
    return client.calls('Heard').map(([number]) => number as number);
  }

  /** Positions of the messages that a receiver has heard, by their numbers, as their headers tell them. */
  toldPositions({ client }: Peer): ReadonlyMap<number, string | undefined> {
    const heard = client.records.filter(({ target }) => target === 'Heard');
    return new Map(heard.map(({ arguments: args, headers }) => [args?.[0] as number, headers?.['sb-p']]));
  }

  #hub(gap: (group: string) => void) {
    return setupHub({ client: {} as Listener }).createHub({
      history: { 'room:*': { size: 1_000, ttlMs: 3_600_000 } },
      onGap: gap,
      moderate: [
        ({ args: [number] }) => (number === this.held ? this.#verdict.promise.then(() => undefined) : undefined),
      ],
      methods: {
        Say: method([any<readonly number[]>(), any<readonly string[]>()], ({ clients }, numbers, ids) => {
          const isKept = this.route === 'kept' || this.route === 'repaired';
          const receivers =
            this.route === 'whisper' ? clients.clients(ids) : clients.group(isKept ? KEPT_GROUP : PLAIN_GROUP);
          for (const number of numbers)
            receivers.send('Heard', number, BALLAST).then(
              (position) => position && this.positions.set(number, positionText(position)),
              () => {},
            );
        }),
        Items: stream([any<string>()], (_hub, id) => this.#stream(id)),
      },
    });
  }

  async *#stream(id: string): AsyncGenerator<readonly [number, string]> {
    const waiting: number[] = [];
    const stream = { waiting, more: defer() };
    this.#items.set(id, stream);
    for (;;) {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) yield [number, BALLAST];
      await stream.more.promise;
      stream.more = defer();
    }
  }
}
