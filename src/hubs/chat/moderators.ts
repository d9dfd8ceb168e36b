import type { Moderator } from '../../index.ts';
import { links, maxLength, profanity, repeats, type TextOptions } from '../../moderation/index.ts';

/** What the chat does with texts. Default: nothing, they are passed on unchanged. */
export interface ChatModeration {
  /** Largest number of characters; 0: no limit beside that of `SendMessage` and `Whisper`. */
  readonly maxLength?: number;
  readonly links?: 'allow' | 'refuse' | 'mask';
  /** Milliseconds in which a user may send a text once; 0: as often as they like. */
  readonly repeatsMs?: number;
  readonly profanity?: 'allow' | 'refuse' | 'mask';
}

/** The text of a message; the name of its user stands before it. */
const TEXT: TextOptions = { methods: ['ReceiveMessage', 'ReceiveWhisper'], argument: 1 };

/** The moderators of the chat. That of repeats is the last: what another one refuses was not sent. */
export function chatModerators(moderation: ChatModeration): readonly Moderator[] {
  const { maxLength: maximum = 0, links: ofLinks = 'allow', repeatsMs = 0, profanity: ofWords = 'allow' } = moderation;
  return [
    ...(maximum === 0 ? [] : [maxLength({ ...TEXT, maximum })]),
    ...(ofLinks === 'allow' ? [] : [links({ ...TEXT, action: ofLinks })]),
    ...(ofWords === 'allow' ? [] : [profanity({ ...TEXT, action: ofWords })]),
    ...(repeatsMs === 0 ? [] : [repeats({ ...TEXT, withinMs: repeatsMs })]),
  ];
}
