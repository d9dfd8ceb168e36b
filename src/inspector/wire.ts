import { redacted } from './redact.ts';

/** The version of @statelyai/inspect whose messages these are; receivers look for it. */
const VERSION = '0.7.2';

/** An actor as XState shows it to observers. */
export interface InspectedActor {
  /** Unique in the process: `x:7`. */
  readonly sessionId: string;
  /** The name that its parent gave it: for a hub actor the connection's id. */
  readonly id: string;
  readonly logic?: unknown;
  readonly _parent?: InspectedActor | undefined;
  getSnapshot(): unknown;
}

/** What has happened to an actor: those of XState's inspection events that have a message of their own. */
export type Inspection =
  | {
      readonly type: '@xstate.event';
      readonly actorRef: InspectedActor;
      readonly sourceRef?: InspectedActor | undefined;
      readonly event: object;
    }
  | {
      readonly type: '@xstate.snapshot';
      readonly actorRef: InspectedActor;
      readonly event: object;
      readonly snapshot: unknown;
    };

/** By logic: all hub actors share one, and its definition is by far the longest part of a message. */
const definitions = new WeakMap<object, string>();

/** The message that makes an actor known, with what it is and the state it is in. */
export function actorMessage(actor: InspectedActor, rootId: string): Buffer {
  const config = configOf(actor);
  const name = actor.id === actor.sessionId && typeof config?.id === 'string' ? config.id : actor.id;
  return encoded(actor, rootId, '@xstate.actor', {
    name,
    parentId: actor._parent?.sessionId,
    definition: config === undefined ? JSON.stringify({ id: name }) : definitionOf(config, name),
    snapshot: snapshotOf(actor.getSnapshot()),
  });
}

/** An event for an actor, or the state that it led to. */
export function inspectionMessage(inspection: Inspection, rootId: string): Buffer {
  const { type, actorRef, event } = inspection;
  return encoded(
    actorRef,
    rootId,
    type,
    type === '@xstate.event'
      ? { event: redacted(event), sourceId: inspection.sourceRef?.sessionId }
      : { event: redacted(event), snapshot: snapshotOf(inspection.snapshot) },
  );
}

function encoded(actor: InspectedActor, rootId: string, type: string, more: object): Buffer {
  const { sessionId } = actor;
  return Buffer.from(
    JSON.stringify({ type, _version: VERSION, createdAt: String(Date.now()), id: null, rootId, sessionId, ...more }),
  );
}

/** Hand-written logic has a `toJSON` that knows its figures, but not how the actor ended. */
function snapshotOf(snapshot: unknown): unknown {
  const shown = redacted(snapshot);
  if (typeof shown !== 'object' || shown === null) return { status: 'active' };
  const { status, error } = snapshot as { readonly status?: unknown; readonly error?: unknown };
  return { ...shown, ...(redacted({ status, error }) as object) };
}

/** The machine as it was written; hand-written logic has none. */
function configOf({ logic }: InspectedActor): (object & { readonly id?: unknown }) | undefined {
  const config = (logic as { readonly config?: unknown } | undefined)?.config;
  return typeof config === 'object' && config !== null ? config : undefined;
}

function definitionOf(config: object, name: string): string {
  let definition = definitions.get(config);
  if (definition === undefined) {
    definition = stringified(config) ?? JSON.stringify({ id: name });
    definitions.set(config, definition);
  }
  return definition;
}

/** A machine is code, not data: nothing is cut, only functions become their names. undefined: it cannot be written. */
function stringified(config: object): string | undefined {
  try {
    return JSON.stringify(config, (_key, value: unknown) =>
      typeof value === 'function' ? { type: value.name } : value,
    );
  } catch {
    return undefined;
  }
}
