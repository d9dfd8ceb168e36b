// A server to attack, and somebody innocent beside it: both in processes of their own, so that what an attack costs in memory
// and time is seen where it hurts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { HubOptions, ServerOptions } from '../../src/index.ts';
import { AnsweringProcess } from '../support/answering-process.ts';
import type { InnocentQuestions } from './innocent-client.ts';

/** What goes over as JSON; `hub` are the options of the hub at /hub (its methods: victim-server.ts); at /chat is the chat. */
export interface VictimOptions {
  readonly server?: Omit<ServerOptions, 'hubs'>;
  readonly hub?: HubOptions;
}

/** What there is of what a client can leave behind. */
export interface VictimFigures {
  readonly connections: number;
  /** Negotiated connections that wait for their transport. */
  readonly pending: number;
  readonly detached: number;
  readonly detachedBytes: number;
  /** What counts of what is kept for clients that are there. */
  readonly attachedBytes: number;
  readonly groups: number;
  readonly alarms: number;
}

export interface VictimQuestions {
  listen: { readonly port: number };
  /** How many lines have been logged, those for debugging aside. */
  lines: number;
  /** How many calls and items wait in all mailboxes. */
  waiting: number;
  /** How many connections have been accepted and are not over. */
  connections: number;
  /** Ends all connections. */
  abortAll: null;
  figures: VictimFigures;
  /** After a garbage collection, in bytes. */
  memory: { readonly heapUsed: number; readonly external: number; readonly arrayBuffers: number };
  /** The CPU time that the process has used, in milliseconds. */
  cpu: number;
  /**
   * The most CPU time, in milliseconds, that has passed between two looks of a timer of 10 ms since this was asked: how long
   * everybody else has had to wait, without what other processes of a busy machine have taken.
   */
  longestTurn: number;
}

/** Its heap is this small, so that an attack on the memory ends the process as it would end a larger one a little later. */
const HEAP_MEBIBYTES = 256;

export class Victim extends AnsweringProcess<VictimQuestions> {
  /** Ends with the test. */
  constructor(options: VictimOptions = {}) {
    super(
      new URL('./victim-server.ts', import.meta.url),
      ['--expose-gc', `--max-old-space-size=${HEAP_MEBIBYTES}`],
      [JSON.stringify(options)],
    );
    onTestFinished(() => this.stop());
  }

  /** Resolves when there are so many of something. */
  async until(figure: keyof VictimFigures, count: number): Promise<void> {
    while ((await this.ask('figures'))[figure] !== count) await nextTurn();
  }
}

/** Somebody who calls Echo, one call after the other, over a connection of their own. */
export class Innocent extends AnsweringProcess<InnocentQuestions> {
  /** Resolves when the first call has been answered. The process ends with the test. */
  static async at(port: number): Promise<Innocent> {
    const innocent = new Innocent(port);
    await innocent.ask('begin');
    return innocent;
  }

  private constructor(port: number) {
    super(new URL('./innocent-client.ts', import.meta.url), [], [String(port)]);
    onTestFinished(() => this.stop());
  }
}
