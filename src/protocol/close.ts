import { textOf, visibleDetail } from '../errors.ts';
import { errorTexts } from './error-texts.ts';
import { type CloseMessage, MessageType } from './messages.ts';

interface CloseKind {
  /** Text for logs and `onDisconnected`, when there is none that is more exact. */
  readonly text: string;
  /** Whether a Close record is written, and whether it has an error. `none`: no client is there to read it. */
  readonly record: 'error' | 'plain' | 'none';
  /** Whether the Close record invites the client to reconnect (official clients then run their automatic reconnect). */
  readonly allowReconnect: boolean;
  /** The client left by itself: the calls that it had sent are still executed. */
  readonly clientLeft?: true;
  /** Code of the close frame (RFC 6455, section 7.4.1). Default: 1000. */
  readonly code?: 1011;
}

/**
 * Every reason for which a connection ends, as values. `record` and `allowReconnect` follow ASP.NET Core SignalR,
 * except where `docs/protocol.md` says otherwise.
 */
export const CLOSE_REASONS = {
  'client-closed': {
    text: 'The client closed the connection.',
    record: 'plain',
    allowReconnect: false,
    clientLeft: true,
  },
  'connection-lost': {
    text: 'The transport was lost without a closing handshake.',
    record: 'none',
    allowReconnect: true,
    clientLeft: true,
  },
  'handshake-failed': { text: 'The handshake was refused.', record: 'none', allowReconnect: false },
  'client-timeout': {
    text: 'The client has sent nothing within clientTimeoutMs.',
    record: 'error',
    allowReconnect: true,
  },
  'slow-consumer': {
    text: 'The client reads more slowly than its limits allow.',
    record: 'error',
    allowReconnect: true,
  },
  'protocol-error': { text: 'The client sent something that is not SignalR.', record: 'error', allowReconnect: true },
  'message-too-large': {
    text: 'The client sent a message that is larger than allowed.',
    record: 'error',
    allowReconnect: true,
  },
  'rate-limited': {
    text: 'The client goes on calling or sending too often (rates).',
    record: 'error',
    allowReconnect: true,
  },
  overflow: {
    text: 'More of what clients have sent waits than the server may hold, and this one sent most.',
    record: 'error',
    allowReconnect: true,
  },
  aborted: { text: 'The server ended the connection.', record: 'plain', allowReconnect: false },
  expired: { text: "The user's credential has expired.", record: 'plain', allowReconnect: true },
  unauthorized: { text: "The user's credential was revoked.", record: 'error', allowReconnect: false },
  'connect-failed': { text: 'The hub refused the connection.', record: 'error', allowReconnect: false },
  'server-draining': { text: 'The server is shutting down.', record: 'plain', allowReconnect: true },
  'actor-crashed': { text: 'The hub actor crashed.', record: 'error', allowReconnect: true, code: 1011 },
} as const satisfies Record<string, CloseKind>;

export type CloseReasonName = keyof typeof CLOSE_REASONS;

/**
 * The reason for which a connection ended. `error` is set when it was a fault; when the client's own Close record has
 * an error, it is a `HubError` with the client's text. It is undefined when the client left, the hub aborted or the
 * server drained.
 */
export interface CloseReason {
  readonly name: CloseReasonName;
  readonly text: string;
  readonly allowReconnect: boolean;
  readonly error?: Error;
}

export function closeReason(
  name: CloseReasonName,
  exact: { readonly text?: string; readonly allowReconnect?: boolean; readonly error?: Error } = {},
): CloseReason {
  const kind = kindOf(name);
  return Object.freeze({
    name,
    text: exact.text ?? (exact.error === undefined ? kind.text : textOf(exact.error)),
    allowReconnect: exact.allowReconnect ?? kind.allowReconnect,
    ...(exact.error === undefined ? {} : { error: exact.error }),
  });
}

/** The Close record for the client; undefined when none is written for this reason. */
export function closeRecord(reason: CloseReason, detailedErrors: boolean): CloseMessage | undefined {
  const { record } = kindOf(reason.name);
  if (record === 'none') return undefined;
  return {
    type: MessageType.Close,
    reason: reason.name,
    ...(record === 'error'
      ? {
          error: errorTexts.closedWithError(
            reason.error === undefined ? '' : visibleDetail(reason.error, detailedErrors),
          ),
        }
      : {}),
    ...(reason.allowReconnect ? { allowReconnect: true } : {}),
  };
}

/** Whether the client left by itself: then the calls that it had sent are still executed. */
export function clientLeft(reason: CloseReason): boolean {
  return kindOf(reason.name).clientLeft === true;
}

/**
 * The code of the close frame.
 *
 * @param codec Protocol of the client, which may have codes of its own; undefined: the client has not chosen one.
 */
export function closeCode(
  { name }: CloseReason,
  codec: { closeCode?(reason: CloseReasonName): number } | undefined,
): number {
  return codec?.closeCode?.(name) ?? kindOf(name).code ?? 1000;
}

function kindOf(name: CloseReasonName): CloseKind {
  return CLOSE_REASONS[name];
}
