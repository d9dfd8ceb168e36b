import { Inbox } from './inbox.ts';
import type { Envelope } from './plain-protocol.ts';

/** A plain client, whatever carries its messages. */
export abstract class PlainSpeaker {
  /** Every envelope of the server. */
  readonly envelopes = new Inbox<Envelope>();

  abstract sendText(text: string): void;

  send(envelope: unknown): void {
    this.sendText(JSON.stringify(envelope));
  }

  /** Calls a method. Resolves with the envelope of the answer. */
  call(type: string, payload: unknown, id: string | number): Promise<Envelope> {
    this.send({ type, payload, id });
    return this.answer(id);
  }

  /** The result or the error of a call. */
  answer(id: string | number): Promise<Envelope> {
    return this.envelopes.first((each) => each.id === id && (each.type === 'result' || each.type === 'error'));
  }

  /** Payloads of the messages with this type, so far. */
  payloads(type: string): readonly unknown[] {
    return this.envelopes.all.filter((each) => each.type === type).map(({ payload }) => payload);
  }
}
