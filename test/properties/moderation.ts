import fc from 'fast-check';
import type { Moderator } from '../../src/routing/routed-message.ts';

/** What a moderator says to a message: at once, or when the scheduler lets it. */
export type Opinion = 'passes' | 'refused' | 'throws' | 'passes later' | 'refused later' | 'throws later';

/** In turn, message by message; most of them pass. */
export const opinions: fc.Arbitrary<readonly Opinion[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Opinion>('passes') },
    { weight: 3, arbitrary: fc.constant<Opinion>('passes later') },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Opinion>('refused', 'throws', 'refused later', 'throws later'),
    },
  ),
  { minLength: 1, maxLength: 8 },
);

/** Has one opinion after the other, and remembers of which messages it did not approve. */
export class ScriptedModerator {
  readonly refused: unknown[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #opinions: readonly Opinion[];
  #asked = 0;

  constructor(scheduler: fc.Scheduler, script: readonly Opinion[]) {
    this.#scheduler = scheduler;
    this.#opinions = script;
  }

  readonly moderate: Moderator = ({ args: [number] }) => {
    const opinion = this.#opinions[this.#asked % this.#opinions.length] as Opinion;
    this.#asked += 1;
    if (!opinion.endsWith('later')) return this.#say(opinion, number);
    return this.#scheduler.schedule(Promise.resolve(), `moderator: ${opinion}`).then(() => this.#say(opinion, number));
  };

  #say(opinion: Opinion, number: unknown): undefined | Error {
    if (opinion.startsWith('passes')) return undefined;
    this.refused.push(number);
    const error = new Error(`SECRET: ${number} is refused`);
    if (opinion.startsWith('throws')) throw error;
    return error;
  }
}
