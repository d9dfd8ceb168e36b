import type { Alarms } from '../clock.ts';
import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import type { Codec } from '../protocol/codec.ts';
import type { Transport } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';

/** Callbacks of a Lane to its owner. */
export interface LaneOwner {
  /**
   * Disconnects a client that reads too slowly. Called once, after the code that sent has run.
   *
   * @param text The reason.
   */
  disconnectSlow(text: string): void;
  /** The lane has begun to hold messages back: its socket takes no more. */
  congested(): void;
  /** The lane holds no messages back any more. */
  relieved(): void;
}

/** Members of a transport that a lane uses. */
export type Outlet = Pick<Transport, 'buffered' | 'progress' | 'isAttached' | 'write'>;

/** Arguments of the constructor of a Lane. */
export interface LaneParts {
  readonly owner: LaneOwner;
  readonly transport: Transport;
  readonly codec: Codec;
  readonly limits: ResolvedSlowConsumer;
  readonly flusher: Flusher;
  readonly alarms: Alarms;
}
