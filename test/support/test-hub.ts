import { z } from 'zod';
import { type HubOptions, method, setupHub } from '../../src/index.ts';
import { Inbox } from './inbox.ts';

interface Listener {
  Said(text: string): void;
}

/** A hub that can send a message to one client. `left` collects the reasons for which its connections end. */
export function testHub(options: HubOptions = {}, left: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as Listener }).createHub({
    options,
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
      Note: method([z.string()], (_hub, text) => left.put(text)),
      Hold: method([], async (hub) => {
        await new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
        left.put('the signal');
      }),
      Abort: method([], (hub) => hub.abort()),
    },
    onDisconnected: (_hub, reason) => left.put(reason.name),
  });
}

/** Longer than the buffers of two kernels. */
export const HUGE = 'x'.repeat(16_000_000);
