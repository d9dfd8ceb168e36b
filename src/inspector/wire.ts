import { redacted } from './redact.ts';

/** Version of @statelyai/inspect that defines these messages; receivers check it. */
const VERSION = '0.7.2';

/** Actor as XState shows it to observers. */
export interface InspectedActor {
  /** Unique in the process: `x:7`. */
  readonly sessionId: string;
  /** Name from its parent: for a hub actor the connection's id. */
  readonly id: string;
  readonly logic?: unknown;
  readonly _parent?: InspectedActor | undefined;
  getSnapshot(): unknown;
}

/** Inspection events of XState that have a message of their own. */
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

/** By machine: all hub actors share one, and its definition is by far the longest part of a message. */
const definitions = new WeakMap<object, string>();

/** Fields of a message that do not come from its actor. */
export interface MessageOrigin {
  /** Session id of the root actor. */
  readonly rootId: string;
  /** Moment of the message, in milliseconds since 1970. */
  readonly wallNow: number;
}

/** Message that shows an actor with its definition and its state. */
export function actorMessage(actor: InspectedActor, origin: MessageOrigin): Buffer {
  const config = configOf(actor);
  const name = actor.id === actor.sessionId && typeof config?.id === 'string' ? config.id : actor.id;
  return encoded(actor, origin, '@xstate.actor', {
    name,
    parentId: actor._parent?.sessionId,
    definition: config === undefined ? JSON.stringify({ id: name }) : definitionOf(config, name),
    snapshot: snapshotOf(actor.getSnapshot()),
  });
}

/** Message for an event of an actor, or for the snapshot that it led to. */
export function inspectionMessage(inspection: Inspection, origin: MessageOrigin): Buffer {
  const { type, actorRef, event } = inspection;
  return encoded(
    actorRef,
    origin,
    type,
    type === '@xstate.event'
      ? { event: redacted(event), sourceId: inspection.sourceRef?.sessionId }
      : { event: redacted(event), snapshot: snapshotOf(inspection.snapshot) },
  );
}

function encoded(
  { sessionId }: InspectedActor,
  { rootId, wallNow }: MessageOrigin,
  type: string,
  more: object,
): Buffer {
  return Buffer.from(
    JSON.stringify({ type, _version: VERSION, createdAt: String(wallNow), id: null, rootId, sessionId, ...more }),
  );
}

/** Adds `status` and `error`, which the `toJSON` of hand-written logic leaves out. */
function snapshotOf(snapshot: unknown): unknown {
  const shown = redacted(snapshot);
  if (typeof shown !== 'object' || shown === null) return { status: 'active' };
  const { status, error } = snapshot as { readonly status?: unknown; readonly error?: unknown };
  return { ...shown, ...(redacted({ status, error }) as object) };
}

/** Config of a machine; hand-written logic has none. */
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

/**
 * Config as JSON with functions as their names. A machine is code, so nothing is redacted. undefined: it has no JSON.
 */
function stringified(config: object): string | undefined {
  try {
    return JSON.stringify(config, (_key, value: unknown) =>
      typeof value === 'function' ? { type: value.name } : value,
    );
  } catch {
    return undefined;
  }
}
