// A node under traffic: one of its clients sends to a group without a pause, and another one receives.
import { setTimeout } from 'node:timers/promises';
import type { HubConnection } from '@microsoft/signalr';
import { connect, inMessagePack } from '../support/clients.ts';
import { NodeProcess } from './node-process.ts';
import type { NodeOptions } from './node-requests.ts';
import { ModelReceiver } from './soak-model.ts';

/** Mean time between two messages of a sender. */
const BETWEEN_MS = 10;
const GROUP = 'soak';

export class SoakNode {
  readonly process: NodeProcess;
  /** Name of its sender: another one for each start of a node. */
  readonly sender: string;
  readonly receiver: ModelReceiver;
  readonly #sending: HubConnection;
  #sent = 0;
  #ends = false;
  #traffic: Promise<void> | undefined;
  /** What the receiver has found wrong: it is heard in a callback. */
  failure: unknown;

  private constructor(process: NodeProcess, sender: string, sending: HubConnection, receiving: HubConnection) {
    this.process = process;
    this.sender = sender;
    this.receiver = new ModelReceiver(`the receiver on ${sender}`);
    this.#sending = sending;
    receiving.on('Heard', (text: string) => {
      const [from = '', number] = text.split(' ');
      try {
        this.receiver.take(from, Number(number));
      } catch (error) {
        this.failure ??= error;
      }
    });
  }

  /** @param start Number of the start of this node. */
  static async start(options: NodeOptions, start: number): Promise<SoakNode> {
    const process = await NodeProcess.start(options);
    const [sending, receiving] = [
      await connect(process.url('sender')),
      await connect(process.url('receiver'), inMessagePack()),
    ];
    const node = new SoakNode(process, `${options.nodeId}.${start}`, sending, receiving);
    await receiving.invoke('Join', GROUP);
    return node;
  }

  /** Number of its messages that were sent. */
  get sent(): number {
    return this.#sent;
  }
  /** Number of times that the node has told that messages to the group were lost. */
  get told(): number {
    return this.process.gaps.all.filter((group) => group === GROUP).length;
  }

  /** Begins to send. */
  begin(): void {
    this.#traffic = this.#send();
  }

  /** Ends sending, with one message behind all others. Resolves with its number. */
  async finish(): Promise<number> {
    this.#ends = true;
    await this.#traffic;
    await this.#sendOne();
    return this.#sent;
  }

  async #send(): Promise<void> {
    while (!this.#ends) {
      await setTimeout(Math.random() * 2 * BETWEEN_MS);
      try {
        await this.#sendOne();
      } catch {
        // The node was killed.
        return;
      }
    }
  }

  async #sendOne(): Promise<void> {
    this.#sent += 1;
    await this.#sending.invoke('ToGroup', GROUP, `${this.sender} ${this.#sent}`);
  }
}
