import { HubError } from '../errors.ts';
import type { Moderator } from '../hub/moderator.ts';
import { type Rules, readOptions } from '../option-checks.ts';
import { replaceRanges } from './clusters.ts';
import { findLinks } from './link-scan.ts';
import { ACTION, type Action, checkPlace, filledText, TEXT_RULES, type TextOptions } from './text-options.ts';
import { Texts } from './texts.ts';

export interface LinksOptions extends TextOptions {
  /** 'mask' replaces each link by `placeholder`. Default: 'refuse'. */
  readonly action?: Action;
  /** Default: '[link removed]'. */
  readonly placeholder?: string;
}

const RULES = { ...TEXT_RULES, action: ACTION, placeholder: filledText } satisfies Rules<LinksOptions>;

/** Makes a moderator that refuses or hides links. @throws {OptionsError} */
export function links(given: LinksOptions = {}): Moderator {
  const options = readOptions('links', given, RULES);
  checkPlace('links', options);
  const { action = 'refuse', placeholder = '[link removed]', refusal = 'Links are not allowed here.' } = options;
  const look = (text: string): string => {
    const found = findLinks(text);
    if (found.length === 0) return text;
    if (action === 'refuse') throw new HubError(refusal);
    return replaceRanges(text, found, () => placeholder);
  };
  return new Texts(options).moderator(look);
}
