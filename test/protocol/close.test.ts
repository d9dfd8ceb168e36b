import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors.ts';
import {
  CLOSE_REASONS,
  type CloseReasonName,
  clientLeft,
  closeCode,
  closeReason,
  closeRecord,
} from '../../src/protocol/close.ts';
import { jsonCodec } from '../../src/protocol/json.ts';

const WITH_ERROR = 'Connection closed with an error.';

/**
 * For each reason: the Close record, the code of the close frame, and whether queued messages of the client still run.
 */
const TABLE: Readonly<
  Record<CloseReasonName, readonly [record: object | undefined, code: number, mailIsRead: boolean]>
> = {
  'client-closed': [{ type: 7 }, 1000, true],
  'connection-lost': [undefined, 1000, true],
  'handshake-failed': [undefined, 1000, false],
  'client-timeout': [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1000, false],
  'slow-consumer': [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1000, false],
  'protocol-error': [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1000, false],
  'message-too-large': [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1000, false],
  overflow: [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1000, false],
  aborted: [{ type: 7 }, 1000, false],
  expired: [{ type: 7, allowReconnect: true }, 1000, false],
  'rate-limited': [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1000, false],
  unauthorized: [{ type: 7, error: WITH_ERROR }, 1000, false],
  'connect-failed': [{ type: 7, error: WITH_ERROR }, 1000, false],
  'server-draining': [{ type: 7, allowReconnect: true }, 1000, false],
  'actor-crashed': [{ type: 7, error: WITH_ERROR, allowReconnect: true }, 1011, false],
};

describe('the reasons for which a connection ends', () => {
  test('are all in the table', () => {
    expect(Object.keys(CLOSE_REASONS).sort()).toEqual(Object.keys(TABLE).sort());
  });

  for (const [name, [record, code, mailIsRead]] of Object.entries(TABLE)) {
    test(name, () => {
      const reason = closeReason(name as CloseReasonName);
      expect(closeRecord(reason, false)).toEqual(record && { ...record, reason: name });
      expect(closeCode(reason, jsonCodec)).toBe(code);
      expect(clientLeft(reason)).toBe(mailIsRead);
      expect(reason.text.length).toBeGreaterThan(10);
      expect(Object.isFrozen(reason)).toBe(true);
    });
  }

  test('may invite a client back against their custom, and may not', () => {
    expect(closeRecord(closeReason('aborted', { allowReconnect: true }), false)).toEqual({
      type: 7,
      reason: 'aborted',
      allowReconnect: true,
    });
    expect(closeRecord(closeReason('server-draining', { allowReconnect: false }), false)).toEqual({
      type: 7,
      reason: 'server-draining',
    });
  });

  test('keep their error from the client, unless it is a HubError or the hub says otherwise', () => {
    const secret = closeReason('connect-failed', { error: new TypeError('SECRET') });
    const open = closeReason('connect-failed', { error: new HubError('The room is full.') });
    expect(closeRecord(secret, false)).toMatchObject({ type: 7, error: WITH_ERROR });
    expect(closeRecord(secret, true)).toMatchObject({ type: 7, error: `${WITH_ERROR} TypeError: SECRET` });
    expect(closeRecord(open, false)).toMatchObject({ type: 7, error: `${WITH_ERROR} HubException: The room is full.` });
    // A reason that is no fault has no error in its record, even when an error caused it.
    expect(closeRecord(closeReason('aborted', { error: new HubError('no') }), true)).toEqual({
      type: 7,
      reason: 'aborted',
    });
  });

  test('read as the most exact text there is', () => {
    const error = new Error('of the error');
    expect(closeReason('aborted').text).toBe('The server ended the connection.');
    expect(closeReason('aborted', { error }).text).toBe('of the error');
    expect(closeReason('aborted', { error, text: 'given' }).text).toBe('given');
  });
});
