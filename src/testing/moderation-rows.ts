import type { AuditEntry, HeldMessage, Sanction } from '../storage/moderation-store.ts';

/** A ban of a user, if nothing else is said. */
export function sanctionOn(user: string, more: Partial<Sanction> = {}): Sanction {
  return { kind: 'ban', user, at: 1_000, until: null, reason: null, by: 'mod', ...more };
}

export function heldMessage(id: string, more: Partial<HeldMessage> = {}): HeldMessage {
  const text = `text of ${id}`;
  return { id, heldAt: 1_000, authorId: 'ann', author: 'Ann', conversation: 'room:a', text, replyTo: null, ...more };
}

/** An entry of the audit trail: a ban of Ann, if nothing else is said. */
export function auditEntry(id: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return { id, at: 1_000, by: 'mod', action: 'ban', user: 'ann', conversation: null, reason: null, ...more };
}
