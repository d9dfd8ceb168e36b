import type { Alarms } from '../clock.ts';
import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import type { Codec } from '../protocol/codec.ts';
import type { Transport } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';

/** Whose lane it is. */
export interface LaneOwner {
  /** The client does not keep up and has to go; told once, after the code that sent has run. */
  disconnectSlow(text: string): void;
  /** The lane has begun, or ceased, to hold messages back. */
  congested(): void;
  relieved(): void;
}

/** What a lane needs of its transport. */
export type Outlet = Pick<Transport, 'buffered' | 'progress' | 'isAttached' | 'write'>;

/** What a lane is made of. */
export interface LaneParts {
  readonly owner: LaneOwner;
  readonly transport: Transport;
  readonly codec: Codec;
  readonly limits: ResolvedSlowConsumer;
  readonly flusher: Flusher;
  readonly alarms: Alarms;
}
