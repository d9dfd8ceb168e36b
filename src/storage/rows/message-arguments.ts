import {
  MESSAGE_PAGE,
  type MessageQuery,
  type MessageStore,
  type NewMessage,
  type Reaction,
} from '../message-store.ts';
import {
  type Arguments,
  fields,
  flag,
  listOf,
  moment,
  name,
  optional,
  orNull,
  text,
  wholeNumber,
} from './checked-arguments.ts';
import { KEPT_ROWS } from './retained-arguments.ts';

const NEW_MESSAGE = fields<NewMessage>({
  id: name,
  conversation: name,
  authorId: orNull(text),
  author: text,
  text,
  sentAt: moment,
  replyTo: orNull(name),
});

const QUERY = fields<MessageQuery>({
  conversation: name,
  before: optional(name),
  after: optional(name),
  limit: optional(wholeNumber(0, MESSAGE_PAGE)),
});

const REACTION = fields<Reaction>({ messageId: name, emoji: name, by: name, on: flag });

/** What the methods of a store of messages take. */
export const MESSAGE_ARGUMENTS: Arguments<MessageStore> = {
  save: [listOf(NEW_MESSAGE)],
  find: [name],
  list: [QUERY],
  edit: [name, text, moment],
  remove: [name, moment],
  react: [REACTION],
  prune: [KEPT_ROWS, wholeNumber(1)],
};
