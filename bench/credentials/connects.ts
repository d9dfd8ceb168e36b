import { setTimeout as pass } from 'node:timers/promises';
import type { Metered } from '../compare/batches.ts';
import { Client } from '../load/client.ts';
import { HttpAsker } from '../load/http-asker.ts';
import { signalR } from '../load/signalr.ts';
import type { Target } from './kinds.ts';

/** How clients connect. */
export interface Way {
  /** Whether they negotiate first. */
  readonly negotiates: boolean;
  /** Where their WebSockets have the credential. Browsers can only put it into the query. */
  readonly place: 'header' | 'query';
}

/** Number of clients that connect at the same time, and number of connections that each opens in a batch. */
const AT_ONCE = 10;
const EACH = 10;
/** Pause in which closed connections are forgotten. */
const QUIET_MS = 10;

/** Connects to one server, in batches: negotiation if asked for, upgrade, handshake. Closing is not measured. */
export class Connects {
  readonly #host: Metered;
  readonly #port: number;
  readonly #negotiates: boolean;
  readonly #header: string;
  readonly #upgradeHeader: string;
  readonly #query: readonly string[];

  constructor(host: Metered, { negotiates, place }: Way, { port, credential }: Target) {
    this.#host = host;
    this.#port = port;
    this.#negotiates = negotiates;
    this.#header = credential === '' ? '' : `Authorization: Bearer ${credential}\r\n`;
    this.#upgradeHeader = place === 'header' ? this.#header : '';
    this.#query = place === 'query' && credential !== '' ? [`access_token=${encodeURIComponent(credential)}`] : [];
  }

  /** Runs one batch. @returns microseconds of CPU time for each connection. */
  async next(): Promise<number> {
    const before = await this.#host.cpuUs();
    const clients = (await Promise.all(Array.from({ length: AT_ONCE }, () => this.#several()))).flat();
    const spent = (await this.#host.cpuUs()) - before;
    await Promise.all(clients.map((client) => client.close()));
    await pass(QUIET_MS);
    return spent / clients.length;
  }

  async #several(): Promise<readonly Client[]> {
    const asker = this.#negotiates ? new HttpAsker(this.#port, this.#header) : undefined;
    const clients: Client[] = [];
    while (clients.length < EACH) clients.push(await this.#connect(asker));
    asker?.end();
    return clients;
  }

  async #connect(asker: HttpAsker | undefined): Promise<Client> {
    const pairs = [...this.#query];
    if (asker !== undefined) {
      const { body } = await asker.ask('POST', `${signalR.path}/negotiate?negotiateVersion=1`);
      pairs.unshift(`id=${JSON.parse(body.toString()).connectionToken}`);
    }
    const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
    return Client.open(this.#port, signalR, false, { query, headers: this.#upgradeHeader });
  }
}
