import { Client, type Watch } from './client.ts';
import type { Dialect } from './dialect.ts';

/** Number of clients that connect at once. */
const BATCH = 100;

/** The clients of one run. */
export class Fleet {
  readonly clients: Client[] = [];
  readonly dialect: Dialect;
  readonly port: number;

  constructor(port: number, dialect: Dialect) {
    this.port = port;
    this.dialect = dialect;
  }

  /** Connects clients until there are `count`. With `ids`, each requests its connection id. */
  async open(count: number, { ids = false } = {}): Promise<void> {
    while (this.clients.length < count) {
      const size = Math.min(BATCH, count - this.clients.length);
      this.clients.push(...(await Promise.all(Array.from({ length: size }, () => this.connect(ids)))));
    }
  }

  /** Connects one client that does not belong to `clients`. */
  connect(ids = false): Promise<Client> {
    return Client.open(this.port, this.dialect, ids);
  }

  watch(watch: Watch | undefined): void {
    for (const client of this.clients) client.watch = watch;
  }

  async close(): Promise<void> {
    const clients = this.clients.splice(0);
    for (let at = 0; at < clients.length; at += BATCH)
      await Promise.all(clients.slice(at, at + BATCH).map((client) => client.close()));
  }
}
