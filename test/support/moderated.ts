import type { Moderator } from '../../src/hub/moderator.ts';
import type { OutboxName } from '../../src/hub/outbox-options.ts';
import type { AnyHubDefinition } from '../../src/hub/setup-hub.ts';

/** Moderators of all messages, or of those of each outbox. */
export type Moderators = readonly Moderator[] | Readonly<Partial<Record<OutboxName, readonly Moderator[]>>>;

/** The same hub with other moderators. */
export function moderated<D extends AnyHubDefinition>(hub: D, moderators: Moderators): D {
  return { ...hub, moderate: isList(moderators) ? moderators : Object.entries(moderators).flatMap(onlyOf) };
}

function isList(moderators: Moderators): moderators is readonly Moderator[] {
  return Array.isArray(moderators);
}

function onlyOf([outbox, moderators]: readonly [string, readonly Moderator[]]): readonly Moderator[] {
  return moderators.map((moderator) => (message) => (message.to === outbox ? moderator(message) : undefined));
}
