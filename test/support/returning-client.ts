import { isTracked, type MessageType } from '../../src/protocol/messages.ts';
import type { ReadRecord, SentRecord } from '../../src/testing/client-protocol.ts';
import { MemoryClient, type ServerSide } from '../../src/testing/memory-client.ts';

interface Unacknowledged {
  readonly number: number;
  readonly bytes: Buffer;
}

/** A correct client with stateful reconnect, like the official one. `records` contains no message twice. */
export class ReturningClient extends MemoryClient {
  /** Errors in the sequence numbers of the server. */
  readonly faults: string[] = [];
  readonly #nextTurn: (run: () => void) => void;
  readonly #unacknowledged: Unacknowledged[] = [];
  #sent = 0;
  #next = 1;
  #latest = 0;
  #awaitsSequence = false;
  #isAcknowledging = false;

  /** @param nextTurn Schedules the acknowledgement of messages that it has read. */
  constructor(server: ServerSide, nextTurn: (run: () => void) => void) {
    super(server);
    this.#nextTurn = nextTurn;
  }

  override get version(): number {
    return 2;
  }

  /** Number of its own messages that it keeps. */
  get kept(): number {
    return this.#unacknowledged.length;
  }
  /** Highest number that it has read. */
  get latest(): number {
    return this.#latest;
  }

  override sendRecord(...records: readonly unknown[]): void {
    const all = records.map((record) => {
      const bytes = this.protocol.write(record as SentRecord);
      if (isTracked((record as SentRecord).type as MessageType)) {
        this.#sent += 1;
        this.#unacknowledged.push({ number: this.#sent, bytes });
      }
      return bytes;
    });
    this.send(Buffer.concat(all));
  }

  /** Sends a part of a message; the socket is then cut. */
  breakOff(record: SentRecord): void {
    const bytes = this.protocol.write(record);
    this.#sent += 1;
    this.#unacknowledged.push({ number: this.#sent, bytes });
    this.send(bytes.subarray(0, bytes.length / 2));
    this.cut();
  }

  override read(records: readonly ReadRecord[]): void {
    super.read(records.filter((record) => this.#isNew(record)));
  }

  /** Acknowledges everything that it has read. */
  acknowledge(): void {
    this.sendRecord({ type: 8, sequenceId: this.#latest });
  }

  /** Uses another socket, without an error. */
  returns(server: ServerSide): void {
    this.server = server;
    this.isEnded = false;
    this.#awaitsSequence = true;
  }

  /** Sends the Sequence after a return, and everything that it has kept. */
  sendAgain(): void {
    const [first] = this.#unacknowledged;
    this.sendRecord({ type: 9, sequenceId: first?.number ?? this.#sent + 1 });
    for (const { bytes } of this.#unacknowledged) this.send(bytes);
  }

  #isNew(record: ReadRecord): boolean {
    const { type } = record;
    if (type === undefined) return true;
    const sequenceId = record.sequenceId ?? 0;
    if (this.#awaitsSequence && type !== 9) this.faults.push(`type ${type} before the Sequence`);
    if (type === 9) return this.#restart(sequenceId);
    if (type === 8) return this.#forget(sequenceId);
    if (!isTracked(type as MessageType)) return true;
    const number = this.#next;
    this.#next += 1;
    this.#acknowledgeLater();
    if (number <= this.#latest) return false;
    this.#latest = number;
    return true;
  }

  #restart(number: number): false {
    if (number > this.#next) this.faults.push(`Sequence ${number} where ${this.#next} comes next`);
    this.#awaitsSequence = false;
    this.#next = number;
    return false;
  }

  #forget(number: number): false {
    if (number > this.#sent) this.faults.push(`Ack ${number} of ${this.#sent}`);
    while ((this.#unacknowledged[0]?.number ?? Number.POSITIVE_INFINITY) <= number) this.#unacknowledged.shift();
    return false;
  }

  #acknowledgeLater(): void {
    if (this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    this.#nextTurn(() => {
      this.#isAcknowledging = false;
      this.acknowledge();
    });
  }
}
