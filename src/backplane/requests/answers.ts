import { HubError, isA, textOf } from '../../errors.ts';
import { promised } from '../../promises.ts';
import { writeValue } from '../wire/values.ts';
import { Status } from './status.ts';

/** Answers one kind of question. What it throws or rejects with is the answer, if it is a `HubError`. */
export type Answerer = (args: readonly unknown[], bootId: string) => unknown;

/** Sends an answer. @param value As `writeValue` makes it. */
export type SendAnswer = (status: Status, value: Uint8Array) => void;

interface Answer {
  status: Status | undefined;
  value: Uint8Array;
}

/** Number of answers that are kept for questions that come again, and of their bytes. */
const KEPT = 10_000;
const KEPT_BYTES = 16 * 1_024 * 1_024;
const NOTHING = new Uint8Array();

/**
 * Answers to the questions of other nodes. A question that comes again is not done again: it gets the same answer, or
 * waits for it.
 */
export class Answers {
  /** By the name of the question and the path of the hub. */
  readonly #answerers = new Map<string, Answerer>();
  /** By node and number, the oldest in front. */
  readonly #answers = new Map<string, Answer>();
  #bytes = 0;
  readonly #failed: (error: unknown, name: string) => void;

  /** @param failed Called when a question could not be answered. */
  constructor(failed: (error: unknown, name: string) => void) {
    this.#failed = failed;
  }

  /** Number of kept answers, and of their bytes. */
  get kept(): { readonly answers: number; readonly bytes: number } {
    return { answers: this.#answers.size, bytes: this.#bytes };
  }

  /** @param hub The path of a hub; null: the question is about the whole node. */
  on(name: string, hub: string | null, answerer: Answerer): void {
    this.#answerers.set(keyOf(name, hub), answerer);
  }

  /** Never throws. */
  asked(
    question: { readonly name: string; readonly hub: string | null; readonly args: readonly unknown[] },
    from: { readonly bootId: string; readonly id: number },
    send: SendAnswer,
  ): void {
    const key = `${from.bootId} ${from.id}`;
    const known = this.#answers.get(key);
    if (known !== undefined) {
      if (known.status !== undefined) send(known.status, known.value);
      return;
    }
    const answerer = this.#answerers.get(keyOf(question.name, question.hub));
    if (answerer === undefined) {
      send(Status.Unknown, NOTHING);
      return;
    }
    const answer: Answer = { status: undefined, value: NOTHING };
    this.#answers.set(key, answer);
    this.#limit();
    const give = (status: Status, value: Uint8Array): void => {
      answer.status = status;
      answer.value = value;
      if (this.#answers.get(key) === answer) this.#bytes += value.length;
      this.#limit();
      send(status, value);
    };
    promised(async () => writeValue((await answerer(question.args, from.bootId)) ?? null)).then(
      (value) => give(Status.Done, value),
      (error: unknown) => {
        if (isA(HubError, error)) {
          give(Status.Refused, writeValue(textOf(error)));
          return;
        }
        this.#failed(error, question.name);
        give(Status.Failed, NOTHING);
      },
    );
  }

  /** Forgets the oldest: long answers are lists of what there is, which may be asked for again. */
  #limit(): void {
    for (const [key, { status, value }] of this.#answers) {
      if (this.#answers.size <= KEPT && this.#bytes <= KEPT_BYTES) return;
      // It would be done twice, and has no bytes yet.
      if (status === undefined && this.#answers.size <= KEPT) continue;
      this.#answers.delete(key);
      this.#bytes -= value.length;
    }
  }
}

function keyOf(name: string, hub: string | null): string {
  return `${name} ${hub ?? ''}`;
}
