import { describe, expect } from 'vitest';
import { NOTHING_LEFT } from '../support/memory-server.ts';
import { ENDS, history, PEACEFUL, SLOW, STREAMING } from './commands.ts';
import { inEveryHistory } from './run-simulation.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, STREAMING, SLOW, ENDS);

describe('whatever happens to a connection', () => {
  inEveryHistory(
    'onDisconnected runs exactly once for every onConnected that resolved, before the id is forgotten',
    everything,
    250,
    async (simulation) => {
      await simulation.finish();
      for (const { id, departures, connects } of simulation.participants) {
        expect({ id, departures: departures.length }).toEqual({ id, departures: connects });
        for (const { wasKnown } of departures) expect(wasKnown).toBe(true);
      }
    },
  );

  inEveryHistory(
    'nothing that was sent after onDisconnected reaches its client, and nothing follows a Close record',
    everything,
    250,
    async (simulation) => {
      await simulation.finish();
      for (const { heard, departures, peer } of simulation.participants) {
        const end = departures[0]?.at ?? Number.POSITIVE_INFINITY;
        expect(heard.filter((number) => number >= end)).toEqual([]);
        const { closeRecord, records } = peer.client;
        if (closeRecord !== undefined) expect(records.at(-1)).toBe(closeRecord);
      }
    },
  );

  inEveryHistory(
    'the server can be closed, and nothing is left of any connection',
    everything,
    250,
    async (simulation) => {
      expect(await simulation.finish()).toBe(true);
      expect(simulation.server.leftovers()).toEqual(NOTHING_LEFT);
      expect(simulation.participants.filter(({ peer }) => !peer.isForgotten)).toEqual([]);
      expect(simulation.server.log.faults).toEqual([]);
    },
  );
});
