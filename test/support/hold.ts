import { defer } from '../../src/promises.ts';
import { Inbox } from './inbox.ts';

/** Holds calls until the test lets them go; `begun` collects the held calls. */
export class Hold {
  readonly begun = new Inbox<string>();
  readonly #gate = defer();
  readonly released = this.#gate.promise;
  readonly release = () => this.#gate.resolve();
}
