import { newConnectionId } from '../../src/ids.ts';
import { method, setupHub } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import type { RecordLayout } from '../../src/protocol/record-layout.ts';
import { ServerParts } from '../../src/server.ts';
import type { Transport, TransportListener } from '../../src/transports/transport.ts';
import { webSocketFraming } from '../../src/transports/websocket-framing.ts';

const HANDSHAKE = Buffer.from('{"protocol":"json","version":1}\x1e');
const PATH = '/bench';

/** A transport that drops all bytes, so that only the work of signalbox is measured. */
export class SinkTransport implements Transport {
  readonly name = 'WebSockets';
  readonly keepsAlive = false;
  readonly isAttached = true;
  readonly buffered = 0;
  readonly progress = 0;
  listener: TransportListener | undefined;

  framing(layout: RecordLayout) {
    return webSocketFraming(layout);
  }
  listen(listener: TransportListener): void {
    this.listener = listener;
  }
  write(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {
    this.listener?.closed({ by: 'client' });
  }
  terminate(): void {
    this.listener?.closed({ by: 'loss' });
  }
}

const hub = setupHub({ client: {} as { m(data: string): void } }).createHub({
  methods: { Echo: method([], (caller) => caller.connectionId) },
});

/** A whole server in memory. The benchmark decides when a turn of the event loop ends. */
export class SinkServer {
  readonly parts: ServerParts;
  readonly clients;
  #nextTurn: (() => void)[] = [];

  constructor() {
    const nextTurn = (run: () => void): void => {
      this.#nextTurn.push(run);
    };
    this.parts = new ServerParts(resolveOptions({ hubs: { [PATH]: hub }, logLevel: 'silent' }), { nextTurn });
    this.clients = this.parts.context(hub).clients;
  }

  /** Opens a connection. Resolves when its hub is connected. */
  async open(): Promise<{ readonly id: string; readonly transport: SinkTransport }> {
    const transport = new SinkTransport();
    const connectionId = newConnectionId();
    const request = {
      headers: {},
      query: new URLSearchParams(),
      url: PATH,
      remoteAddress: '127.0.0.1',
      transport: 'WebSockets',
    } as const;
    const host = this.parts.runtimes.get(PATH) as NonNullable<ReturnType<typeof this.parts.runtimes.get>>;
    this.parts.open(host, { connectionId, user: null, request }, transport);
    transport.listener?.received(HANDSHAKE, true, false);
    await Promise.resolve();
    this.turn();
    return { id: connectionId, transport };
  }

  async openMany(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let at = 0; at < count; at++) ids.push((await this.open()).id);
    return ids;
  }

  /** Ends a turn of the event loop: messages that were sent in it are written. */
  turn(): void {
    for (const run of this.#nextTurn.splice(0)) run();
  }
}
