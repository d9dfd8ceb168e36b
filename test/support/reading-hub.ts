import { z } from 'zod';
import { type CloseReason, type HubOptions, method, setupHub } from '../../src/index.ts';

interface Reader {
  Heard(n: number, ballast: string): void;
}

/**
 * The same hub as `test/original/app/ReadingHub.cs`. @param ends Collects the reasons for which its connections end.
 */
export function readingHub(ends: CloseReason[] = [], options: HubOptions = {}) {
  return setupHub({ client: {} as Reader }).createHub({
    options,
    onDisconnected: (_hub, reason) => void ends.push(reason),
    methods: {
      /** Sends without awaiting anything. */
      Burst: method([z.int(), z.int()], (hub, count, length) => {
        const ballast = 'x'.repeat(length);
        for (let n = 0; n < count; n++) void hub.clients.caller.send('Heard', n, ballast);
      }),
      Steadily: method([z.int(), z.int(), z.int()], async (hub, from, to, length) => {
        const ballast = 'x'.repeat(length);
        for (let n = from; n < to; n++) await hub.clients.caller.send('Heard', n, ballast);
      }),
    },
  });
}
