// Thousands of clients, and the server in a process of its own that they connect to.
import { closeSync, openSync } from 'node:fs';
import { AnsweringProcess } from './answering-process.ts';
import type { FleetRequests } from './fleet-server.ts';
import { RawClient } from './raw-client.ts';
import { negotiate } from './raw-negotiation.ts';

const BATCH = 200;

/** The server of a fleet: see fleet-server.ts. */
export class FleetServer extends AnsweringProcess<FleetRequests> {
  constructor() {
    super(new URL('./fleet-server.ts', import.meta.url), ['--expose-gc']);
  }
}

/** A client of the fleet. `records` counts the records that it has received since its handshake. */
export interface FleetClient {
  readonly client: RawClient;
  readonly records: number;
}

/**
 * Opens `count` connections, a limited number at a time. With `negotiated`, they negotiate first, as official clients
 * do.
 */
export async function openFleet(port: number, count: number, negotiated = false): Promise<FleetClient[]> {
  const fleet: FleetClient[] = [];
  while (fleet.length < count) {
    const numbers = Array.from({ length: Math.min(BATCH, count - fleet.length) }, (_, n) => fleet.length + n);
    fleet.push(
      ...(await Promise.all(
        numbers.map((n) => openFleetClient(port, `user=${negotiated ? 'n' : 'd'}${n}`, negotiated)),
      )),
    );
  }
  return fleet;
}

async function openFleetClient(port: number, user: string, negotiated: boolean): Promise<FleetClient> {
  const id = negotiated ? `&id=${(await negotiate(port, '/hub', {}, user)).connectionToken}` : '';
  let records = 0;
  const onRecord = (): void => {
    records += 1;
  };
  const client = await RawClient.open(port, { path: `/hub?${user}${id}`, onRecord });
  return {
    client,
    get records() {
      return records;
    },
  };
}

/** Number of files that this process may still open, up to `wanted`. It is found by opening them. */
export function freeDescriptors(wanted: number): number {
  const open: number[] = [];
  try {
    while (open.length < wanted) open.push(openSync('/dev/null', 'r'));
  } catch {
    // EMFILE: that was the last one.
  }
  for (const descriptor of open) closeSync(descriptor);
  return open.length;
}
