// A hub whose groups keep their messages, for tests over several nodes.
import { z } from 'zod';
import { type HistoryOptions, method, type Recovery, setupHub } from '../../src/index.ts';

export const KEPT: HistoryOptions = { size: 2_000, ttlMs: 600_000 };
/** Where nothing has been read yet. */
const NOWHERE = { epoch: 'none', offset: 0 };

/** A new definition: each server needs its own. The groups `room:...` keep their messages. */
export function historyHub(onGap: (group: string) => void = () => {}, kept: HistoryOptions = KEPT) {
  const text = z.string();
  const position = z.object({ epoch: text, offset: z.number() }).nullable();
  return setupHub({ client: {} as { Heard(said: string): void } }).createHub({
    onGap,
    history: { 'room:*': kept },
    methods: {
      Join: method([text], (hub, group) => hub.groups.add(hub.connectionId, group)),
      /** Resolves with the position. */
      Say: method([text, text, text.nullable()], (hub, group, said, messageId) =>
        hub.clients
          .group(group)
          .with(messageId === null ? {} : { messageId })
          .send('Heard', said),
      ),
      /** Joins a group, and resolves with what the client has missed. */
      Recover: method([text, position], async (hub, group, from): Promise<Recovery> => {
        await hub.groups.add(hub.connectionId, group);
        return hub.history(group).since(from ?? NOWHERE, { limit: 1_000 });
      }),
    },
  });
}
