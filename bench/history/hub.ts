import { z } from 'zod';
import type { Library } from '../bench-hub.ts';

/** A group that keeps its messages, and one that does not. */
export const GROUPS = { kept: 'kept', plain: 'plain' } as const;
export type GroupName = keyof typeof GROUPS;

const Name = z.enum(GROUPS);
const Data = z.string().max(16_384);

/** The hub that is measured. */
export function historyHub({ setupHub, method }: Library) {
  return setupHub({ client: {} as { m(data: string): void } }).createHub({
    history: { [GROUPS.kept]: { size: 1_000, ttlMs: 3_600_000 } },
    methods: {
      Join: method([Name], (hub, group) => hub.groups.add(hub.connectionId, group)),
      ToGroup: method([Name, Data], async (hub, group, data) => {
        await hub.clients.group(group).send('m', data);
      }),
    },
  });
}
