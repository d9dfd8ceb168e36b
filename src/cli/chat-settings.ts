import { z } from 'zod';

/** What happens to a place in a text. */
const TREATMENTS = ['allow', 'refuse', 'mask'] as const;
/** A text of the chat has no more UTF-16 units than that. */
const LONGEST_TEXT = 2_000;
const LONGEST_SECONDS = 86_400;

/** Settings of the chat's moderators. All are off by default. */
export const CHAT_SETTINGS = {
  'chat.moderation.maxLength': z
    .int()
    .min(0)
    .max(LONGEST_TEXT)
    .default(0)
    .describe('characters that a text of the chat may have; 0: as many as fit'),
  'chat.moderation.links': z.enum(TREATMENTS).default('allow').describe('what happens to links in the chat'),
  'chat.moderation.repeats': z
    .int()
    .min(0)
    .max(LONGEST_SECONDS)
    .default(0)
    .describe('seconds in which a user of the chat may send a text once; 0: off'),
  'chat.moderation.profanity': z
    .enum(TREATMENTS)
    .default('allow')
    .describe('what happens to English profanity in the chat'),
} as const;

/** How each is written as text, in a flag or in the environment. */
export const CHAT_KINDS: Readonly<Record<keyof typeof CHAT_SETTINGS, 'text' | 'number'>> = {
  'chat.moderation.maxLength': 'number',
  'chat.moderation.links': 'text',
  'chat.moderation.repeats': 'number',
  'chat.moderation.profanity': 'text',
};
