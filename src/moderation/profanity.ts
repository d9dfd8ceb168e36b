import { HubError, OptionsError } from '../errors.ts';
import type { Moderator } from '../hub/moderator.ts';
import { flag, listOf, type Rules, readOptions } from '../option-checks.ts';
import { countOf, type Range, replaceRanges } from './clusters.ts';
import { englishFinder } from './english-profanity.ts';
import { OwnWords } from './own-words.ts';
import { ACTION, type Action, checkPlace, filledText, TEXT_RULES, type TextOptions } from './text-options.ts';
import { Texts } from './texts.ts';

export interface ProfanityOptions extends TextOptions {
  /** 'mask' replaces each character of a word by `*`. Default: 'refuse'. */
  readonly action?: Action;
  /** Whether English profanity is looked for, by the package obscenity. Default: true. */
  readonly english?: boolean;
  /** Words of your own, in any language. They are found as whole words, in any case. Default: none. */
  readonly words?: readonly string[];
  /** Words and phrases that may pass although English profanity is in them. Default: none. */
  readonly exceptions?: readonly string[];
}

const RULES = {
  ...TEXT_RULES,
  action: ACTION,
  english: flag,
  words: listOf(filledText, 'a list of words'),
  exceptions: listOf(filledText, 'a list of words and phrases'),
} satisfies Rules<ProfanityOptions>;

/** Makes a moderator that refuses or hides profanity. @throws {OptionsError} */
export function profanity(given: ProfanityOptions = {}): Moderator {
  const options = readOptions('profanity', given, RULES);
  checkPlace('profanity', options);
  const {
    action = 'refuse',
    english = true,
    words = [],
    exceptions = [],
    refusal = 'Please mind your language.',
  } = options;
  if (!english && words.length === 0)
    throw new OptionsError('profanity: it has nothing to look for: english is false, and there are no words.');
  const finders = [new OwnWords(words), ...(english ? [englishFinder(exceptions)] : [])];
  const look = (text: string): string => {
    const found = finders.flatMap((finder) => finder.find(text)).sort(byStart);
    if (found.length === 0) return text;
    if (action === 'refuse') throw new HubError(refusal);
    return replaceRanges(text, found, (hidden) => '*'.repeat(countOf(hidden)));
  };
  return new Texts(options).moderator(look);
}

function byStart(a: Range, b: Range): number {
  return a.start - b.start;
}
