import {
  type AuditEntry,
  type HeldMessage,
  SANCTION_KINDS,
  type Sanction,
  type SanctionChange,
} from '../moderation-store.ts';

/** Columns of the table of sanctions, by the fields of a sanction. */
export const SANCTION_COLUMNS = {
  kind: 'kind',
  user: 'user_id',
  at: 'at',
  until: 'until',
  reason: 'reason',
  by: 'imposed_by',
} satisfies Record<keyof Sanction, string>;

/** Condition of a sanction of any kind on a user. With it they are looked up by their keys: by kind and user. */
export const OF_ANY_KIND = `kind IN (${SANCTION_KINDS.map((kind) => `'${kind}'`).join(', ')})`;

/** The same by the fields of a change. */
export const CHANGE_COLUMNS = {
  ...SANCTION_COLUMNS,
  liftedAt: 'lifted_at',
  changedAt: 'changed_at',
} satisfies Record<keyof SanctionChange, string>;

/** Columns of the table of held messages, by the fields of a held message. */
export const HELD_COLUMNS = {
  id: 'id',
  heldAt: 'held_at',
  authorId: 'author_id',
  author: 'author',
  conversation: 'conversation',
  text: 'text',
  replyTo: 'reply_to',
} satisfies Record<keyof HeldMessage, string>;

/** Columns of the audit trail, by the fields of an entry. */
export const AUDIT_COLUMNS = {
  id: 'id',
  at: 'at',
  by: 'done_by',
  action: 'action',
  user: 'user_id',
  conversation: 'conversation',
  reason: 'reason',
} satisfies Record<keyof AuditEntry, string>;
