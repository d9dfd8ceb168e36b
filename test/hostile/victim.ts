// A server to attack, and a correct client beside it. Both have processes of their own, so that the memory and the time
// that an attack costs can be measured.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import type { HubOptions, ServerOptions } from '../../src/index.ts';
import { AnsweringProcess } from '../support/answering-process.ts';
import type { HealthyClientRequests } from './healthy-client.ts';

/**
 * Options, sent as JSON. `hub` has the options of the hub at /hub (its methods: victim-server.ts); the chat is at
 * /chat.
 */
export interface VictimOptions {
  readonly server?: Omit<ServerOptions, 'hubs'>;
  readonly hub?: HubOptions;
}

/** Counts of everything that a client can leave behind. */
export interface VictimFigures {
  readonly connections: number;
  /** Negotiated connections that wait for their transport. */
  readonly pending: number;
  readonly detached: number;
  readonly detachedBytes: number;
  /** Bytes that are kept for clients with a transport and that count. */
  readonly attachedBytes: number;
  readonly groups: number;
  readonly alarms: number;
}

export interface VictimRequests {
  listen: { readonly port: number };
  /** Number of logged lines, without those of level debug. */
  lines: number;
  /** Number of calls and items that wait in all mailboxes. */
  waiting: number;
  /** Number of connections that were accepted and have not ended. */
  connections: number;
  /** Ends all connections. */
  abortAll: null;
  figures: VictimFigures;
  /** Memory after a garbage collection, in bytes. */
  memory: { readonly heapUsed: number; readonly external: number; readonly arrayBuffers: number };
  /** CPU time that the process has used, in milliseconds. */
  cpu: number;
  /**
   * The most CPU time, in milliseconds, between two runs of a timer of 10 ms since the last request for it. Other
   * clients have had to wait for so long; the time of other processes of a busy machine is not included.
   */
  longestTurn: number;
}

/**
 * The heap is this small, so that an attack on the memory ends the process sooner than it would end one with a larger
 * heap.
 */
const HEAP_MEBIBYTES = 256;

export class Victim extends AnsweringProcess<VictimRequests> {
  /** @param ends What ends the process. Default: the end of the test. */
  constructor(options: VictimOptions = {}, ends: (stop: () => Promise<void>) => void = onTestFinished) {
    super(
      new URL('./victim-server.ts', import.meta.url),
      ['--expose-gc', `--max-old-space-size=${HEAP_MEBIBYTES}`],
      [JSON.stringify(options)],
    );
    ends(() => this.stop());
  }

  /** Resolves when a figure has reached `count`. It asks once a millisecond, since asking costs both processes time. */
  async until(figure: keyof VictimFigures, count: number): Promise<void> {
    while ((await this.ask('figures'))[figure] !== count) await setTimeout(1);
  }
}

/**
 * A server for all tests of a file, for tests that take less time than the start of a process. Each test finds it without
 * connections.
 */
export function sharedVictim(options?: VictimOptions): { readonly victim: Victim; readonly port: number } {
  let stop = async (): Promise<void> => {};
  const shared = {} as { victim: Victim; port: number };
  beforeAll(async () => {
    shared.victim = new Victim(options, (ends) => {
      stop = ends;
    });
    shared.port = (await shared.victim.ask('listen')).port;
  });
  beforeEach(async () => {
    await shared.victim.ask('abortAll');
    await shared.victim.until('connections', 0);
  });
  afterAll(() => stop());
  return shared;
}

/** A client that calls Echo, one call after the other, over a connection of its own. */
export class HealthyClient extends AnsweringProcess<HealthyClientRequests> {
  /** Resolves when the first call has been answered. The process ends with the test. */
  static async at(port: number): Promise<HealthyClient> {
    const healthy = new HealthyClient(port);
    await healthy.ask('begin');
    return healthy;
  }

  private constructor(port: number) {
    super(new URL('./healthy-client.ts', import.meta.url), [], [String(port)]);
    onTestFinished(() => this.stop());
  }
}
