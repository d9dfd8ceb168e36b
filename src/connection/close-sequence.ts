import type { Alarms } from '../clock.ts';
import { loggable } from '../errors.ts';
import { HubScope } from '../hub/hub-scope.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import { isPromiseLike, promiseOf } from '../promises.ts';
import { type CloseReason, clientLeft, closeCode, closeRecord } from '../protocol/close.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { CLOSE_TIMEOUT_MS } from '../transports/transport.ts';
import { within } from '../within.ts';
import type { AttachedTransport } from './attached-transport.ts';
import type { Handshake } from './handshake.ts';
import { logEnd } from './logged-end.ts';
import type { Session } from './session.ts';
import { endSessionRecord, logEndBeforeSession } from './session-record.ts';

/** Milliseconds to wait for the calls that a client sent before it left, running ones included. */
const QUEUED_CALLS_MS = 10_000;
/** Milliseconds to wait for running calls when no call is queued. */
const RUNNING_CALLS_MS = 5_000;
/** Milliseconds that the Close record, and then the closing handshake, of a client may take that may not be here. */
const OUT_MS = 400;

/** Ends a connection that has no session yet. Never rejects. */
export async function closeHandshake(
  handshake: Handshake,
  hub: MountedHub,
  transport: AttachedTransport,
  reason: CloseReason,
): Promise<void> {
  logEnd(hub, handshake.connectionId, reason);
  handshake.dispose();
  await transport.close(closeCode(reason, handshake.origin.codec));
  logEndBeforeSession(hub, handshake.origin, reason);
}

/**
 * Ends a session. The steps, in order:
 * 1. Stop reading.
 * 2. Leave all groups, write the Close record, and close the lane: from here on no message is delivered to it.
 * 3. Fire the abort signals, and end the streams to the client.
 * 4. If the client left, run the calls that it had sent; otherwise count them as dead letters. Wait for running calls.
 * 5. Run `onDisconnected`, if `onConnected` had resolved.
 * 6. Close the transport. If the client's credential is no longer good, this is done before step 4.
 * 7. Forget the connection id, the user and the claims of presence, and end the session record.
 *
 * Never rejects. When a step throws, the transport is terminated and step 7 follows.
 */
export async function closeSession(session: Session, transport: AttachedTransport, reason: CloseReason): Promise<void> {
  const { connectionId, runtime } = session;
  try {
    logEnd(runtime.hub, connectionId, reason);
    await closeInOrder(session, transport, reason);
  } catch (error) {
    session.discardQueued();
    runtime.hub.log.error({ error: loggable(error), connectionId }, 'the end of a connection failed');
    transport.current.terminate();
  }
  forget(session);
  endSessionRecord(session, reason);
}

async function closeInOrder(session: Session, transport: AttachedTransport, reason: CloseReason): Promise<void> {
  const { calls, onConnected, runtime } = session;
  const { alarms } = runtime.services;
  session.stopReading();
  runtime.memberships.leaveAll(session);
  const written = closeLane(session, transport, reason);
  // The mailbox may be in the middle of a series of records: the next one must not begin a call.
  if (!clientLeft(reason)) calls.close();
  // Abort listeners are code of the hub's author: it never runs inside an action of a machine.
  await undefined;
  const code = closeCode(reason, session.lane.codec);
  const early = isOut(reason) ? closeAtOnce(written, transport, code, alarms) : undefined;
  session.caller.abortSignals.fire(reason);
  calls.endStreams();
  await settleCalls(session, reason);
  session.caller.mayClaim = false;
  const isClean = onConnected.hasConnected ? await disconnectHub(session, reason) : true;
  if (early !== undefined) return early;
  await within(written, CLOSE_TIMEOUT_MS, alarms);
  await transport.close(isClean ? code : 1011);
}

/** Whether the client has no right any more to be here: its transport does not wait for the code of the hub's author. */
function isOut({ name }: CloseReason): boolean {
  return name === 'expired' || name === 'unauthorized';
}

/** Closes the transport at once. A client whose credential is over gets next to no time to end it by itself. */
async function closeAtOnce(
  written: Promise<void>,
  transport: AttachedTransport,
  code: number,
  alarms: Alarms,
): Promise<void> {
  await within(written, OUT_MS, alarms);
  const closed = transport.close(code);
  if (!(await within(closed, OUT_MS, alarms))) transport.current.terminate();
  await closed;
}

/** Writes the Close record and closes the lane. Resolves when the transport has taken everything. */
function closeLane({ lane, runtime }: Session, transport: AttachedTransport, reason: CloseReason): Promise<void> {
  if (transport.end !== undefined) {
    lane.terminate();
    return Promise.resolve();
  }
  const record = closeRecord(reason, runtime.hub.options.detailedErrors);
  const last = record === undefined ? undefined : EncodedMessage.reply(record, lane.codec);
  return lane.close(last, reason.name === 'slow-consumer' ? 'slow-consumer' : undefined);
}

/** Waits for `onConnected` and for calls, within the limits above; then discards what is queued. */
async function settleCalls(session: Session, reason: CloseReason): Promise<void> {
  const { calls, mailbox, onConnected, runtime } = session;
  const { alarms } = runtime.services;
  const started = alarms.now();
  const limit = clientLeft(reason) && mailbox.length + mailbox.unread > 0 ? QUEUED_CALLS_MS : RUNNING_CALLS_MS;
  if (!clientLeft(reason)) session.discardQueued();
  if (!(await within(onConnected.settled(), limit, alarms))) onConnected.abandon();
  // Calls that were sent before onConnected resolved have not been parsed yet.
  if (clientLeft(reason) && onConnected.hasConnected && !calls.isOpen) session.open();
  session.endInput();
  await within(calls.idle(), limit - (alarms.now() - started), alarms);
  session.discardQueued();
}

/** Runs `onDisconnected`, within `invocationTimeoutMs`. @returns false when it failed. */
async function disconnectHub({ caller, runtime }: Session, reason: CloseReason): Promise<boolean> {
  const { connectionId, hub } = caller;
  const { invocationTimeoutMs } = hub.options;
  try {
    const scope = new HubScope(caller);
    const result = hub.disconnect(scope.hub, reason);
    if (!isPromiseLike(result)) return true;
    if (invocationTimeoutMs === 0) await promiseOf(result);
    else if (!(await within(promiseOf(result), invocationTimeoutMs, runtime.services.alarms))) {
      hub.log.warn({ connectionId, invocationTimeoutMs }, 'onDisconnected took longer than invocationTimeoutMs');
    }
    return true;
  } catch (error) {
    hub.log.warn({ error: loggable(error), connectionId }, 'onDisconnected failed');
    return false;
  }
}

/** Forgets the connection id, the user and the claims of presence. Adds the lane's ledger to those of all ended lanes. */
function forget(session: Session): void {
  const { calls, caller, lane, runtime } = session;
  calls.dispose();
  lane.terminate();
  runtime.connections.remove(session);
  caller.mayClaim = false;
  runtime.hub.presence.ended(caller);
  runtime.endedLanes.absorb(lane.ledger.figures());
}
