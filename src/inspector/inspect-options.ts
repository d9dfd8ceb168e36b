import { TOKEN } from '../http/access-token.ts';
import { objectOf, type Rule } from '../option-checks.ts';

/** Options of `/inspect`. */
export interface InspectOptions {
  /** At least 16 characters. With it inspectors may attach from anywhere, and without it not even from this machine. */
  readonly token?: string;
}

const OBJECT = objectOf<InspectOptions>({ token: TOKEN }, 'true, false, or an object of token');

/** Rule of the option `inspect`. */
export const INSPECT: Rule = {
  read: (value, at) => (typeof value === 'boolean' ? value : OBJECT.read(value, at)),
};
