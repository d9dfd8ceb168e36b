import { type Clock, systemClock } from '../clock.ts';
import type { KeyStore } from './key-store.ts';
import { lostNodes } from './lost-nodes.ts';
import type { MembershipStore } from './membership-store.ts';
import { MemoryKeys } from './memory/memory-keys.ts';
import { MemoryMemberships } from './memory/memory-memberships.ts';
import { MemoryMessages } from './memory/memory-messages.ts';
import { MemoryModeration } from './memory/memory-moderation.ts';
import { MemorySessions } from './memory/memory-sessions.ts';
import { MemoryTasks } from './memory/memory-tasks.ts';
import type { MessageStore } from './message-store.ts';
import type { ModerationStore } from './moderation-store.ts';
import { checked } from './rows/checked-arguments.ts';
import { MESSAGE_ARGUMENTS } from './rows/message-arguments.ts';
import { MODERATION_ARGUMENTS } from './rows/moderation-arguments.ts';
import type { SessionStore } from './session-store.ts';
import type { OpenedStorage, OpenStorageOptions, Storage } from './storage.ts';
import type { TaskStore } from './task-store.ts';

const ENDED_LIMIT = 10_000;

/**
 * Storage in memory, for development, for tests, and for servers that need no history. It keeps the open sessions,
 * the latest ended ones, and all of the rest that is not deleted by age, for as long as the object lives.
 */
export class MemoryStorage implements Storage {
  readonly #sessions: MemorySessions;
  readonly #keys: MemoryKeys;
  readonly #messages = new MemoryMessages();
  readonly #moderation: MemoryModeration;
  readonly #tasks = new MemoryTasks();
  readonly #memberships = new MemoryMemberships();
  readonly messages: MessageStore;
  readonly moderation: ModerationStore;
  #isClosing = false;

  /** @param endedLimit Number of ended sessions that are kept; older ones are forgotten. */
  constructor(endedLimit = ENDED_LIMIT, clock: Pick<Clock, 'wallNow'> = systemClock) {
    this.#sessions = new MemorySessions(endedLimit, clock);
    this.#keys = new MemoryKeys(clock);
    this.#moderation = new MemoryModeration(clock);
    this.messages = checked(this.#messages, MESSAGE_ARGUMENTS);
    this.moderation = checked(this.#moderation, MODERATION_ARGUMENTS);
  }

  get sessions(): SessionStore {
    return this.#sessions;
  }

  get keys(): KeyStore {
    return this.#keys;
  }

  get tasks(): TaskStore {
    return this.#tasks;
  }

  get memberships(): MembershipStore {
    return this.#memberships;
  }

  async open(options: OpenStorageOptions): Promise<OpenedStorage> {
    this.#isClosing = false;
    const lost = await lostNodes(this.#sessions.nodeIds, options);
    if (this.#isClosing) return { lost: 0 };
    this.#setOpen(true);
    return { lost: await this.#sessions.endLost(lost) };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#setOpen(false);
  }

  #setOpen(isOpen: boolean): void {
    const stores = [this.#sessions, this.#keys, this.#messages, this.#moderation, this.#tasks, this.#memberships];
    for (const store of stores) store.isOpen = isOpen;
  }
}
