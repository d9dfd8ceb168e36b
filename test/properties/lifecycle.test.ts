import { describe, expect } from 'vitest';
import { NOTHING_LEFT } from '../support/memory-server.ts';
import { ENDS, history, PEACEFUL, SLOW, STREAMING } from './commands.ts';
import { inEveryHistory } from './play.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, STREAMING, SLOW, ENDS);

describe('whatever happens to a connection', () => {
  inEveryHistory(
    'onDisconnected runs exactly once for every onConnected that resolved, before the id is forgotten',
    everything,
    250,
    async (world) => {
      await world.finish();
      for (const { id, departures, connects } of world.members) {
        expect({ id, departures: departures.length }).toEqual({ id, departures: connects });
        for (const { wasKnown } of departures) expect(wasKnown).toBe(true);
      }
    },
  );

  inEveryHistory(
    'nothing that was sent after onDisconnected reaches its client, and nothing follows a Close record',
    everything,
    250,
    async (world) => {
      await world.finish();
      for (const { heard, departures, peer } of world.members) {
        const end = departures[0]?.at ?? Number.POSITIVE_INFINITY;
        expect(heard.filter((number) => number >= end)).toEqual([]);
        const { runCloseSequence, records } = peer.client;
        if (runCloseSequence !== undefined) expect(records.at(-1)).toBe(runCloseSequence);
      }
    },
  );

  inEveryHistory('the server can be closed, and nothing is left of any connection', everything, 250, async (world) => {
    expect(await world.finish()).toBe(true);
    expect(world.server.leftovers()).toEqual(NOTHING_LEFT);
    expect(world.members.filter(({ peer }) => !peer.isForgotten)).toEqual([]);
    expect(world.server.log.faults).toEqual([]);
  });
});
