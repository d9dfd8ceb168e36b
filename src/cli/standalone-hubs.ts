import { createChatHub } from '../hubs/chat.ts';
import { createFeedHub } from '../hubs/feed.ts';
import type { ServerOptions } from '../options.ts';

/** The hubs of the standalone server, by path. */
export function standaloneHubs(): ServerOptions['hubs'] {
  return { '/hubs/chat': createChatHub(), '/hubs/feed': createFeedHub() };
}
