import { HubError } from '../errors.ts';
import type { Moderator } from '../hub/moderator.ts';
import { type Rules, readOptions, required, whole } from '../option-checks.ts';
import { cut } from './clusters.ts';
import { ACTION, type Action, checkPlace, TEXT_RULES, type TextOptions } from './text-options.ts';
import { Texts } from './texts.ts';

export interface MaxLengthOptions extends TextOptions {
  /** Largest number of characters of each text, as a person counts them: an emoji is one. */
  readonly maximum: number;
  /** 'mask' cuts the text. Default: 'refuse'. */
  readonly action?: Action;
}

const RULES = { ...TEXT_RULES, maximum: required(whole(1, 2 ** 24)), action: ACTION } satisfies Rules<MaxLengthOptions>;

/** Makes a moderator that refuses or cuts long texts. @throws {OptionsError} */
export function maxLength(given: MaxLengthOptions): Moderator {
  const options = readOptions('maxLength', given, RULES);
  checkPlace('maxLength', options);
  const { maximum, action = 'refuse' } = options;
  const { refusal = `The text is too long: it may have ${maximum.toLocaleString('en')} characters.` } = options;
  const look = (text: string): string => {
    const kept = cut(text, maximum);
    if (action === 'refuse' && kept.length < text.length) throw new HubError(refusal);
    return kept;
  };
  return new Texts(options).moderator(look);
}
