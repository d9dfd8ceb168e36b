import { z } from 'zod';
import type { HubOptions } from '../src/index.ts';

/** The functions that make a hub, from this checkout or from another one. */
export type Library = Pick<typeof import('../src/index.ts'), 'setupHub' | 'method'>;

interface BenchClient {
  m(data: string): void;
}

const Data = z.string().max(16_384);
const Name = z.string().min(1).max(64);

/**
 * The hub that is measured.
 *
 * @param options Default: none, since another checkout may not know all of them.
 */
export function benchHub({ setupHub, method }: Library, options: HubOptions = {}) {
  return setupHub({ client: {} as BenchClient }).createHub({
    options,
    methods: {
      Id: method([], (hub) => hub.connectionId),
      Echo: method([Data], (_hub, data) => data),
      Broadcast: method([Data], (hub, data) => hub.clients.all.send('m', data)),
      Whisper: method([Name, Data], (hub, to, data) => hub.clients.client(to).send('m', data)),
      Join: method([Name], (hub, group) => hub.groups.add(hub.connectionId, group)),
      ToGroup: method([Name, Data], (hub, group, data) => hub.clients.group(group).send('m', data)),
    },
  });
}
