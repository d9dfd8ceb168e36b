import { describe, expect } from 'vitest';
import { NOTHING_LEFT } from '../support/memory-server.ts';
import { ENDS, history, PEACEFUL, SLOW, STREAMING } from './commands.ts';
import { inEveryHistory } from './run-simulation.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, STREAMING, SLOW, ENDS);

describe('whatever happens to a connection', () => {
  inEveryHistory(
    'onDisconnected runs exactly once for every onConnected that resolved, before the id is forgotten',
    everything,
    { runs: 250, sometimes: ['somebody has left', 'a plain client has left'] },
    async (simulation, reached) => {
      await simulation.finish();
      for (const { id, departures, connects, isPlain } of simulation.participants) {
        expect({ id, departures: departures.length }).toEqual({ id, departures: connects });
        reached('somebody has left', departures.length > 0);
        reached('a plain client has left', isPlain && departures.length > 0);
        for (const { wasKnown } of departures) expect(wasKnown).toBe(true);
      }
    },
  );

  inEveryHistory(
    'nothing that was sent after onDisconnected reaches its client, and nothing follows a Close record',
    everything,
    {
      runs: 250,
      sometimes: [
        'somebody has left who has heard something',
        'a message was sent when somebody had left',
        'a client has a Close record',
        'a plain client has one',
      ],
    },
    async (simulation, reached) => {
      await simulation.finish();
      for (const { heard, departures, isPlain, peer } of simulation.participants) {
        const end = departures[0]?.at ?? Number.POSITIVE_INFINITY;
        reached('somebody has left who has heard something', departures.length > 0 && heard.length > 0);
        reached('a message was sent when somebody had left', simulation.sent.length > end);
        expect(heard.filter((number) => number >= end)).toEqual([]);
        const { closeRecord, records } = peer.client;
        reached('a client has a Close record', closeRecord !== undefined);
        reached('a plain client has one', isPlain && closeRecord !== undefined);
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
