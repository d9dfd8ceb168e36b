import { loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { BackplaneError } from '../backplane.ts';

/** Troubles with the backplane: the latest one for whoever asks, and each for the log once, until it has passed. */
export class Troubles {
  readonly #log: Log;
  #latest: BackplaneError | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  get latest(): BackplaneError | undefined {
    return this.#latest;
  }

  /** Something failed. @returns whether it is a mistake in the setup, which does not pass by itself. */
  report(error: unknown): boolean {
    if (!(error instanceof BackplaneError)) {
      this.#log.error({ error: loggable(error) }, 'the backplane failed');
      return false;
    }
    if (this.#latest?.message !== error.message) {
      this.#log.warn({ error: loggable(error) }, 'trouble with the backplane');
    }
    this.#latest = error;
    return error.problem === 'refused' || error.problem === 'node-id-taken';
  }

  passed(): void {
    this.#latest = undefined;
  }
}
