import { describe, expect } from 'vitest';
import { DisconnectedError, HubError } from '../../src/errors.ts';
import { ENDS, history, PEACEFUL, SLOW, STREAMING, UPLOAD_ERROR } from './commands.ts';
import { inEveryHistory } from './run-simulation.ts';

const streaming = history(PEACEFUL, STREAMING, STREAMING, SLOW, ENDS);

describe('whatever happens to a connection that streams', () => {
  inEveryHistory(
    'a stream ends once, behind its items, which are in their order, and its method lets go of it',
    streaming,
    250,
    async (simulation) => {
      await simulation.quiesce();
      for (const { peer, streamed, started, endless, isFlowing, seemsOpen } of simulation.participants) {
        const isWhole = isFlowing && seemsOpen;
        for (const id of streamed) {
          const records = peer.client.records.filter(({ invocationId }) => invocationId === id);
          const items = records.filter(({ type }) => type === 2);
          const ends = records.filter(({ type }) => type === 3);
          expect(items.map(({ item }) => item)).toEqual(items.map((_, n) => n));
          expect(ends.length).toBeLessThanOrEqual(1);
          if (ends.length === 1) expect(records.at(-1)).toBe(ends[0]);
          // It may still wait in the queue.
          else if (isWhole && started.includes(id)) expect(endless).toContain(id);
        }
      }
      await simulation.finish();
      for (const { started, released, endless } of simulation.participants) {
        expect([...released].sort()).toEqual(
          started.filter((id) => released.includes(id) || !endless.includes(id)).sort(),
        );
      }
    },
  );

  inEveryHistory(
    'an upload is read as far as its method wants, in its order, and every reading ends',
    streaming,
    250,
    async (simulation) => {
      await simulation.finish();
      for (const { uploads } of simulation.participants) {
        for (const { most, sent, end, read, outcome } of uploads.values()) {
          if (read === undefined) continue;
          expect(read).toEqual(sent.slice(0, read.length));
          if (outcome === 'enough') expect(read).toHaveLength(most);
          else if (outcome === 'all') expect({ end, read }).toEqual({ end: 'whole', read: sent });
          else if (outcome instanceof HubError) {
            expect({ end, read, error: outcome.message }).toEqual({ end: 'failed', read: sent, error: UPLOAD_ERROR });
          } else expect(outcome).toBeInstanceOf(DisconnectedError);
        }
      }
    },
  );

  inEveryHistory('no client result waits for ever', streaming, 250, async (simulation) => {
    await simulation.finish();
    expect(simulation.asked.filter((outcome) => outcome === 'waiting')).toEqual([]);
  });
});
