export { OptionsError } from '../errors.ts';
export type { Moderated, Moderator, Verdict } from '../hub/moderator.ts';
export { type LinksOptions, links } from './links.ts';
export { type MaxLengthOptions, maxLength } from './max-length.ts';
export { type ProfanityOptions, profanity } from './profanity.ts';
export { type RepeatsOptions, repeats } from './repeats.ts';
export type { Action, TextOptions } from './text-options.ts';
