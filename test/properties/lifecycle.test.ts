import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { NOTHING_LEFT } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { ENDS, history, PEACEFUL, SLOW, STREAMING } from './commands.ts';
import { play } from './play.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, STREAMING, SLOW, ENDS);

describe('whatever happens to a connection', () => {
  property(
    'onDisconnected runs exactly once for every onConnected that resolved, before the id is forgotten',
    [fc.scheduler(), everything],
    250,
    async (scheduler, commands) => {
      const world = await play(scheduler, commands);
      await world.finish();
      for (const { id, departures, connects } of world.members) {
        expect({ id, departures: departures.length }).toEqual({ id, departures: connects });
        for (const { wasKnown } of departures) expect(wasKnown).toBe(true);
      }
    },
  );

  property(
    'nothing that was sent after onDisconnected reaches its client, and nothing follows a Close record',
    [fc.scheduler(), everything],
    250,
    async (scheduler, commands) => {
      const world = await play(scheduler, commands);
      await world.finish();
      for (const { heard, departures, peer } of world.members) {
        const end = departures[0]?.at ?? Number.POSITIVE_INFINITY;
        expect(heard.filter((number) => number >= end)).toEqual([]);
        const { farewell, records } = peer.client;
        if (farewell !== undefined) expect(records.at(-1)).toBe(farewell);
      }
    },
  );

  property(
    'the server can be closed, and nothing is left of any connection',
    [fc.scheduler(), everything],
    250,
    async (scheduler, commands) => {
      const world = await play(scheduler, commands);
      expect(await world.finish()).toBe(true);
      expect(world.server.leftovers()).toEqual(NOTHING_LEFT);
      expect(world.members.filter(({ peer }) => !peer.isForgotten)).toEqual([]);
      expect(world.server.log.faults).toEqual([]);
    },
  );
});
