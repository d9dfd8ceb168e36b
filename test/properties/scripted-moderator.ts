import fc from 'fast-check';
import type { Moderator } from '../../src/routing/routed-message.ts';

/** Verdict of a moderator about a message: at once, or when the scheduler lets it. */
export type Verdict = 'passes' | 'refused' | 'throws' | 'passes later' | 'refused later' | 'throws later';

/** Verdicts in turn, message by message; most messages pass. */
export const verdicts: fc.Arbitrary<readonly Verdict[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Verdict>('passes') },
    { weight: 3, arbitrary: fc.constant<Verdict>('passes later') },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Verdict>('refused', 'throws', 'refused later', 'throws later'),
    },
  ),
  { minLength: 1, maxLength: 8 },
);

/** A moderator that gives one verdict after the other, and remembers the messages that it did not approve. */
export class ScriptedModerator {
  readonly refused: unknown[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #verdicts: readonly Verdict[];
  #asked = 0;

  constructor(scheduler: fc.Scheduler, script: readonly Verdict[]) {
    this.#scheduler = scheduler;
    this.#verdicts = script;
  }

  readonly moderate: Moderator = ({ args: [number] }) => {
    const verdict = this.#verdicts[this.#asked % this.#verdicts.length] as Verdict;
    this.#asked += 1;
    if (!verdict.endsWith('later')) return this.#say(verdict, number);
    return this.#scheduler.schedule(Promise.resolve(), `moderator: ${verdict}`).then(() => this.#say(verdict, number));
  };

  #say(verdict: Verdict, number: unknown): undefined | Error {
    if (verdict.startsWith('passes')) return undefined;
    this.refused.push(number);
    const error = new Error(`SECRET: ${number} is refused`);
    if (verdict.startsWith('throws')) throw error;
    return error;
  }
}
