import type { Alarms } from '../clock.ts';
import { loggable } from '../errors.ts';
import { HubScope } from '../hub/hub-scope.ts';
import { isPromiseLike, promiseOf } from '../promises.ts';
import { type CloseReason, clientLeft, closeCode, closeRecord } from '../protocol/close.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { CLOSE_TIMEOUT_MS } from '../transports/transport.ts';
import type { Connection } from './connection.ts';
import { logEnd } from './logged-end.ts';
import { endSession } from './session-record.ts';

/** How long the end waits for the mail of a client that left, what is running included. */
const MAIL_MS = 10_000;
/** How long it waits for what is running when there is no mail. */
const RUNNING_MS = 5_000;

/**
 * The end of a connection, in its order: nothing is read any more; the groups are left, and the Close record is written, behind
 * which no address leads here; the signals, and the streams to the client; the mail of a client that left (otherwise it is
 * dead letters); `onDisconnected`; the close frame; and then the connection is forgotten. Never rejects.
 */
export async function runCloseSequence(connection: Connection, reason: CloseReason): Promise<void> {
  try {
    logEnd(connection, reason);
    await closeInOrder(connection, reason);
  } catch (error) {
    const { session, hub, connectionId, transport } = connection;
    session?.discard();
    hub.log.error({ error: loggable(error), connectionId }, 'the end of a connection failed');
    transport.terminate();
  }
  forget(connection, reason);
}

async function closeInOrder(connection: Connection, reason: CloseReason): Promise<void> {
  const { runtime, session, onConnected } = connection;
  const { alarms } = runtime.services;
  connection.stopClocks();
  runtime.memberships.leaveAll(connection);
  const written = endLane(connection, reason);
  connection.abortSignals.fire(reason);
  session?.calls.endStreams();
  if (session !== undefined) await settleMail(connection, reason);
  const isClean = onConnected.hasConnected ? await disconnectHub(connection, reason) : true;
  await within(written, CLOSE_TIMEOUT_MS, alarms);
  await endTransport(connection, isClean ? closeCode(reason) : 1011);
}

/** Writes the Close record and closes the lane. Resolves when everything is in the transport. */
function endLane(connection: Connection, reason: CloseReason): Promise<void> {
  const { session, hub, transportEnd } = connection;
  if (session === undefined) return Promise.resolve();
  const { lane } = connection;
  if (transportEnd !== undefined) {
    lane.close();
    return Promise.resolve();
  }
  const record = closeRecord(reason, hub.options.detailedErrors);
  const last = record === undefined ? undefined : EncodedMessage.reply(record, lane.codec);
  return lane.end(last, reason.name === 'slow-consumer' ? 'slow-consumer' : undefined);
}

async function settleMail(connection: Connection, reason: CloseReason): Promise<void> {
  const { runtime, onConnected } = connection;
  const { alarms } = runtime.services;
  const session = connection.session as NonNullable<typeof connection.session>;
  const { calls, mailbox } = session;
  const started = alarms.now();
  const limit = clientLeft(reason) && mailbox.length + mailbox.unread > 0 ? MAIL_MS : RUNNING_MS;
  if (!clientLeft(reason)) discardQueued(connection);
  if (!(await within(onConnected.settled(), limit, alarms))) onConnected.giveUp();
  // Mail that was sent before onConnected was done has not been looked at yet.
  if (clientLeft(reason) && onConnected.hasConnected && !session.isOpen) session.open();
  session.end();
  await within(calls.idle(), limit - (alarms.now() - started), alarms);
  discardQueued(connection);
}

/** What has not begun never will. */
function discardQueued(connection: Connection): void {
  const { session, runtime, connectionId } = connection;
  const unread = session?.discard() ?? 0;
  if (unread > 0) runtime.services.deadLetter('call-not-run', unread, connectionId);
}

/** @returns false when `onDisconnected` failed. */
async function disconnectHub(connection: Connection, reason: CloseReason): Promise<boolean> {
  const { hub, runtime, connectionId } = connection;
  const { invocationTimeoutMs } = hub.options;
  try {
    const scope = new HubScope(connection);
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

/** The close frame, and the client's answer to it: the transport cuts whoever does not answer. */
async function endTransport(connection: Connection, code: number): Promise<void> {
  if (connection.transportEnd !== undefined) return;
  const closed = connection.transportClosed();
  connection.transport.close(code);
  await closed;
}

function forget(connection: Connection, reason: CloseReason): void {
  const { runtime, session } = connection;
  session?.calls.dispose();
  if (session !== undefined) {
    connection.lane.close();
    runtime.connections.remove(connection);
    runtime.endedLanes.absorb(connection.lane.ledger.figures());
  }
  endSession(connection, reason);
  connection.forgotten();
}

/** Whether the promise settled within the time. Rejects as it does. */
async function within(promise: Promise<unknown>, ms: number, alarms: Alarms): Promise<boolean> {
  let ring: (isInTime: boolean) => void = () => {};
  const late = new Promise<boolean>((resolve) => {
    ring = resolve;
  });
  const alarm = alarms.alarm(() => ring(false));
  alarm.set(Math.max(0, ms));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    alarm.clear();
  }
}
