// --- Declaring hubs

export type { Authorize } from './hub/authorize.ts';
export type { AnyHub, HubFilter, InvocationContext } from './hub/filters.ts';
export type { HistoryOptions } from './hub/history-options.ts';
export type { HubOptions } from './hub/hub-options.ts';
export {
  type Args,
  type HubMethod,
  type MethodOptions,
  method,
  type Schemas,
  stream,
  type Uploads,
} from './hub/method.ts';
export type { Moderated, Moderator, Verdict } from './hub/moderator.ts';
export type { OutboxesOptions, OutboxOptions } from './hub/outbox-options.ts';
export type { Rate, Rates } from './hub/rate-options.ts';
export {
  type AnyHubDefinition,
  type ClientMethods,
  type HubDefinition,
  type HubParts,
  type Lifetime,
  setupHub,
} from './hub/setup-hub.ts';
export type { SlowConsumerOptions } from './hub/slow-consumer-options.ts';

// --- Inside a hub

export type { HttpRequestInfo } from './http/request-texts.ts';
export type { CallerClients, HubClients, Receiver, Receivers, UserReceivers } from './hub/clients.ts';
export type { ConnectionInfo, HubRequest, User } from './hub/connection-info.ts';
export type { ConnectionQuery, FoundConnections, RemoteConnection } from './hub/found-connections.ts';
export type { Groups } from './hub/groups.ts';
export type {
  History,
  KeptMessage,
  LatestOptions,
  Recovery,
  RecoveryOptions,
  UnrecoveredReason,
} from './hub/history.ts';
export type { Hub } from './hub/hub.ts';
export type {
  ClaimOptions,
  Presence,
  PresenceChange,
  PresenceEntry,
  PresenceQuery,
  PresenceView,
} from './hub/presence.ts';
export type { AbortOptions, InvokeOptions, KeepOptions, MessageOptions } from './hub/routing.ts';
export type { Target } from './hub/target.ts';
export type { CloseReason, CloseReasonName } from './protocol/close.ts';
export type { ProtocolName } from './protocol/codecs.ts';
export type { SendOptions, SlowConsumerPolicy } from './protocol/encoded-message.ts';
export type { TransportName } from './protocol/negotiate.ts';
export { type Position, positionText, readPosition } from './protocol/position.ts';

// --- Running a server

export type { Authenticator, AuthServices } from './auth/authenticator.ts';
export type { NewKey, RotateOptions } from './auth/key-options.ts';
export type { CreatedKey, Keys } from './auth/keys.ts';
export { BackplaneError, type BackplaneProblem } from './backplane/backplane.ts';
export type { ClusterOptions, OnOutage } from './backplane/cluster-options.ts';
export { type Clock, systemClock } from './clock.ts';
export type { DetachedConnectionsOptions } from './connection/stateful-reconnect/detached-limits.ts';
export type { Origins } from './http/origins.ts';
export type { HubContext } from './hub/hub-context.ts';
export type { InspectOptions } from './inspector/inspect-options.ts';
export type { AttachOptions, CloseOptions, ListenOptions } from './listen-options.ts';
export type { Log, LogLevel } from './log.ts';
export type { ServerOptions } from './options.ts';
export { createServer } from './server.ts';
export type { Revocable, RevokeOptions } from './server-auth.ts';
export type { ServerConnection } from './server-connection.ts';
export type { SignalboxServer } from './signalbox-server.ts';
export type { ApiKey, KeyKind, KeyRow, KeyStore, Revoked } from './storage/key-store.ts';
export type {
  GroupQuery,
  KeptRequest,
  Member,
  MemberQuery,
  Membership,
  MembershipStore,
  NewRequest,
} from './storage/membership-store.ts';
export type {
  MessagePage,
  MessageQuery,
  MessageStore,
  NewMessage,
  Reaction,
  ReactionCount,
  StoredMessage,
} from './storage/message-store.ts';
export type {
  AuditEntry,
  AuditQuery,
  HeldMessage,
  ModerationStore,
  Sanction,
  SanctionChange,
  SanctionKind,
  SanctionQuery,
  SlowMode,
} from './storage/moderation-store.ts';
export type { Expiring, Kept, Retained } from './storage/retained.ts';
export type { RetentionLimit, RetentionOptions } from './storage/retention/retention-option.ts';
export type { SessionQuery, SessionRecord, SessionStore } from './storage/session-store.ts';
export type { OpenedStorage, OpenStorageOptions, Storage, StorageProblem, StorageTrouble } from './storage/storage.ts';
export type {
  ListedTask,
  NewTask,
  SpendEntry,
  SpendTotal,
  Task,
  TaskChange,
  TaskOutcome,
  TaskProgress,
  TaskQuery,
  TaskState,
  TaskStore,
} from './storage/task-store.ts';
export type { HealthProblem } from './web/health.ts';
export type { RequestHandler } from './web/listener.ts';

// --- Errors

export { DisconnectedError, HubError, OptionsError, RefusedError, SerializationError } from './errors.ts';
export { StorageError } from './storage/storage.ts';
