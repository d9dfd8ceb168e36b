import {
  type AuditEntry,
  type AuditQuery,
  type HeldMessage,
  MODERATION_PAGE,
  type ModerationStore,
  SANCTION_KINDS,
  type Sanction,
  type SanctionQuery,
} from '../moderation-store.ts';
import {
  type Arguments,
  fields,
  moment,
  name,
  oneOf,
  optional,
  orNull,
  text,
  wholeNumber,
} from './checked-arguments.ts';
import { KEPT_ROWS } from './retained-arguments.ts';

const KIND = oneOf(...SANCTION_KINDS);
const LIMIT = optional(wholeNumber(0, MODERATION_PAGE));

const SANCTION = fields<Sanction>({
  kind: KIND,
  user: name,
  at: moment,
  until: orNull(moment),
  reason: orNull(text),
  by: text,
});

const SANCTION_QUERY = fields<SanctionQuery>({
  kind: optional(KIND),
  user: optional(name),
  after: optional(fields<NonNullable<SanctionQuery['after']>>({ kind: KIND, user: name })),
  limit: LIMIT,
});

const HELD_MESSAGE = fields<HeldMessage>({
  id: name,
  heldAt: moment,
  authorId: orNull(text),
  author: text,
  conversation: name,
  text,
  replyTo: orNull(name),
});

const AUDIT_ENTRY = fields<AuditEntry>({
  id: name,
  at: moment,
  by: text,
  action: text,
  user: orNull(name),
  conversation: orNull(text),
  reason: orNull(text),
});

const AUDIT_QUERY = fields<AuditQuery>({
  user: optional(name),
  before: optional(fields<NonNullable<AuditQuery['before']>>({ at: moment, id: name })),
  limit: LIMIT,
});

/** What the methods of a store of moderation take. */
export const MODERATION_ARGUMENTS: Arguments<ModerationStore> = {
  impose: [SANCTION],
  lift: [KIND, name, moment],
  sanctions: [moment, optional(SANCTION_QUERY)],
  changesSince: [moment],
  setSlowMode: [name, wholeNumber(0)],
  slowModes: [optional(name)],
  hold: [HELD_MESSAGE],
  held: [],
  claimHeld: [name, text, moment],
  record: [AUDIT_ENTRY],
  audit: [optional(AUDIT_QUERY)],
  prune: [KEPT_ROWS, wholeNumber(1)],
  expire: [moment, wholeNumber(1)],
};
