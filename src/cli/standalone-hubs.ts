import { createChatHub } from '../hubs/chat.ts';
import { createFeedHub } from '../hubs/feed.ts';
import type { ServerOptions } from '../options.ts';
import type { Settings } from './settings.ts';

/** The hubs of the standalone server, by path. */
export function standaloneHubs(settings: Settings): ServerOptions['hubs'] {
  const chat = createChatHub({
    maxLength: settings['chat.moderation.maxLength'],
    links: settings['chat.moderation.links'],
    repeatsMs: settings['chat.moderation.repeats'] * 1_000,
    profanity: settings['chat.moderation.profanity'],
  });
  return { '/hubs/chat': chat, '/hubs/feed': createFeedHub() };
}
