import type { KeyStore } from '../key-store.ts';
import type { MembershipStore } from '../membership-store.ts';
import type { MessageStore } from '../message-store.ts';
import type { ModerationStore } from '../moderation-store.ts';
import type { SessionStore } from '../session-store.ts';
import type { TaskStore } from '../task-store.ts';

/** Names of all methods of a store. */
export type Methods<Store> = Readonly<Record<keyof Store & string, true>>;

export const SESSION_METHODS: Methods<SessionStore> = {
  save: true,
  list: true,
  openNodes: true,
  endLost: true,
  prune: true,
};

export const KEY_METHODS: Methods<KeyStore> = {
  put: true,
  find: true,
  list: true,
  touched: true,
  revokeCredential: true,
  revokeUser: true,
  changesSince: true,
};

export const MESSAGE_METHODS: Methods<MessageStore> = {
  save: true,
  find: true,
  list: true,
  edit: true,
  remove: true,
  react: true,
  prune: true,
};

export const MODERATION_METHODS: Methods<ModerationStore> = {
  impose: true,
  lift: true,
  sanctions: true,
  changesSince: true,
  setSlowMode: true,
  slowModes: true,
  hold: true,
  held: true,
  claimHeld: true,
  record: true,
  audit: true,
  prune: true,
  expire: true,
};

export const TASK_METHODS: Methods<TaskStore> = {
  create: true,
  progress: true,
  end: true,
  find: true,
  list: true,
  spend: true,
  spent: true,
  prune: true,
};

export const MEMBERSHIP_METHODS: Methods<MembershipStore> = {
  add: true,
  remove: true,
  removeAll: true,
  find: true,
  groupsOf: true,
  members: true,
  claim: true,
  answered: true,
  release: true,
  expire: true,
};
