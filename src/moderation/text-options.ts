import { OptionsError } from '../errors.ts';
import { listOf, must, oneOf, type Rules, refuse, whole } from '../option-checks.ts';

/** What a moderator does with a text that it does not let pass: refuse the message, or hide the place. */
export type Action = 'refuse' | 'mask';

/** The texts that a moderator looks at. */
export interface TextOptions {
  /** Methods of the clients, by their names in any case. Default: all. */
  readonly methods?: readonly string[];
  /** Number of the argument, from 0. Default: every text in all arguments, also in lists and objects. */
  readonly argument?: number;
  /** The property of that argument: a name, or a path with dots (`message.text`). Default: every text in it. */
  readonly property?: string;
  /** The text of the refusal, which the sender gets. Each moderator has its own default. */
  readonly refusal?: string;
}

/** A text that is not empty. */
export const filledText = must('a text that is not empty', (value) => typeof value === 'string' && value !== '');

const names = listOf(filledText, 'a list of names of methods');

export const TEXT_RULES = {
  methods: {
    read: (value, at) => {
      if (Array.isArray(value) && value.length > 0) return names.read(value, at);
      return refuse(value, at, 'a list of names of methods, with at least one');
    },
  },
  argument: whole(0),
  property: filledText,
  refusal: filledText,
} satisfies Rules<TextOptions>;

export const ACTION = oneOf(['refuse', 'mask'] satisfies Action[]);

/** @throws {OptionsError} when the options do not fit each other. */
export function checkPlace(call: string, { argument, property }: TextOptions): void {
  if (property !== undefined && argument === undefined)
    throw new OptionsError(`${call}: property is one of an argument, so argument must say which.`);
}
