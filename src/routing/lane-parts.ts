import type { Alarms } from '../clock.ts';
import type { ResolvedSlowConsumer } from '../hub/slow-consumer-options.ts';
import type { CloseReason } from '../protocol/close.ts';
import type { Codec } from '../protocol/codec.ts';
import type { Transport } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';

/** Event of a lane, for the machine of its connection. */
export type LaneEvent =
  /** The lane has begun to hold messages back: its socket takes no more. */
  | { readonly type: 'lane.congested' }
  /** The lane holds no messages back any more. */
  | { readonly type: 'lane.relieved' }
  /** The client reads too slowly. Reported once, after the code that sent has run. */
  | { readonly type: 'connection.ended'; readonly reason: CloseReason };

/** Members of a transport that a lane uses. */
export type Outlet = Pick<Transport, 'buffered' | 'progress' | 'isAttached' | 'write'>;

/** Arguments of the constructor of a Lane. */
export interface LaneParts {
  readonly report: (event: LaneEvent) => void;
  readonly transport: Transport;
  readonly codec: Codec;
  readonly limits: ResolvedSlowConsumer;
  readonly flusher: Flusher;
  readonly alarms: Alarms;
}
