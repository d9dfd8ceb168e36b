import fc from 'fast-check';
import { HubError } from '../../src/errors.ts';
import type { Moderator, Verdict } from '../../src/hub/moderator.ts';
import type { Sent } from './simulation.ts';

/** What a moderator does with a message: at once, or when the scheduler lets it. 'replaces': the second argument. */
type Act = 'passes' | 'replaces' | 'refused' | 'throws';
export type Word = Act | `${Act} later`;

/** Words in turn, message by message; most messages pass. */
export const words: fc.Arbitrary<readonly Word[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Word>('passes') },
    { weight: 2, arbitrary: fc.constantFrom<Word>('replaces', 'replaces later') },
    { weight: 3, arbitrary: fc.constant<Word>('passes later') },
    { weight: 2, arbitrary: fc.constantFrom<Word>('refused', 'throws', 'refused later', 'throws later') },
  ),
  { minLength: 1, maxLength: 8 },
);

/** The second argument of a message, when a moderator has replaced it. */
export const REPLACED = 'replaced';

/** A moderator that says one word after the other, and remembers the messages that it did not approve. */
export class ScriptedModerator {
  readonly refused: unknown[] = [];
  /** Messages whose second argument it has replaced. */
  readonly replaced: unknown[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #words: readonly Word[];
  #asked = 0;

  constructor(scheduler: fc.Scheduler, script: readonly Word[]) {
    this.#scheduler = scheduler;
    this.#words = script;
  }

  readonly moderate: Moderator = ({ args: [number] }) => {
    const word = this.#words[this.#asked % this.#words.length] as Word;
    this.#asked += 1;
    if (!word.endsWith('later')) return this.#say(word, number);
    return this.#scheduler.schedule(Promise.resolve(), `moderator: ${word}`).then(() => this.#say(word, number));
  };

  #say(word: Word, number: unknown): Verdict {
    if (word.startsWith('passes')) return undefined;
    if (word.startsWith('replaces')) {
      this.replaced.push(number);
      return { args: [number, REPLACED] };
    }
    this.refused.push(number);
    if (word.startsWith('throws')) throw new Error(`SECRET: ${number}`);
    return new HubError(`${number} is refused`);
  }
}

/** Whether a message was refused because its moderator had not said a word in time, or before the server closed. */
export function isUndecided({ outcome }: Sent): boolean {
  return /\(moderationTimeoutMs\)|The server has closed before/.test(String(outcome));
}
