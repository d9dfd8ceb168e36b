import { describe, expect } from 'vitest';
import { DisconnectedError, HubError } from '../../src/errors.ts';
import { CLIENT_RESULTS, ENDS, history, PEACEFUL, SLOW, STREAMING, UPLOAD_ERROR, UPLOADS } from './commands.ts';
import { inEveryHistory } from './run-simulation.ts';

const streaming = history(PEACEFUL, STREAMING, STREAMING, SLOW, ENDS);
/** Histories in which uploads, or client results, often come to their end. */
const uploading = history(...Array<typeof UPLOADS>(8).fill(UPLOADS), STREAMING, SLOW, ENDS);
const asking = history(...Array<typeof CLIENT_RESULTS>(10).fill(CLIENT_RESULTS), STREAMING, SLOW, ENDS);

describe('whatever happens to a connection that streams', () => {
  inEveryHistory(
    'a stream ends once, behind its items, which are in their order, and its method lets go of it',
    streaming,
    { runs: 250, sometimes: ['a stream with several items ends', 'a stream has no end', 'a stream is let go of'] },
    async (simulation, reached) => {
      await simulation.quiesce();
      for (const { peer, streamed, started, endless, isFlowing, seemsOpen } of simulation.participants) {
        const isWhole = isFlowing && seemsOpen;
        for (const id of streamed) {
          const records = peer.client.records.filter(({ invocationId }) => invocationId === id);
          const items = records.filter(({ type }) => type === 2);
          const ends = records.filter(({ type }) => type === 3);
          expect(items.map(({ item }) => item)).toEqual(items.map((_, n) => n));
          expect(ends.length).toBeLessThanOrEqual(1);
          reached('a stream with several items ends', ends.length === 1 && items.length > 1);
          reached('a stream has no end', ends.length === 0 && isWhole && started.includes(id));
          if (ends.length === 1) expect(records.at(-1)).toBe(ends[0]);
          // It may still wait in the queue.
          else if (isWhole && started.includes(id)) expect(endless).toContain(id);
        }
      }
      await simulation.finish();
      for (const { started, released, endless } of simulation.participants) {
        reached('a stream is let go of', released.length > 0);
        expect([...released].sort()).toEqual(
          started.filter((id) => released.includes(id) || !endless.includes(id)).sort(),
        );
      }
    },
  );

  inEveryHistory(
    'an upload is read as far as its method wants, in its order, and every reading ends',
    uploading,
    {
      runs: 250,
      sometimes: [
        'all of an upload is read',
        'a part of an upload is read',
        'an upload fails',
        'an upload is left unfinished',
        'several items are read',
      ],
    },
    async (simulation, reached) => {
      await simulation.finish();
      for (const { uploads } of simulation.participants) {
        for (const { most, sent, end, read, outcome } of uploads.values()) {
          if (read === undefined) continue;
          reached('several items are read', read.length > 1);
          reached('a part of an upload is read', outcome === 'enough');
          reached('all of an upload is read', outcome === 'all');
          reached('an upload fails', outcome instanceof HubError);
          reached('an upload is left unfinished', outcome instanceof DisconnectedError);
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

  inEveryHistory(
    'no client result waits for ever',
    asking,
    { runs: 250, sometimes: ['a client result is answered', 'a client result is refused'] },
    async (simulation, reached) => {
      await simulation.finish();
      reached('a client result is answered', simulation.asked.includes('answered'));
      reached('a client result is refused', simulation.asked.includes('refused'));
      expect(simulation.asked.filter((outcome) => outcome === 'waiting')).toEqual([]);
    },
  );
});
