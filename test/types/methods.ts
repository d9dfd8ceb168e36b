import { z } from 'zod';
import { HubError, type HubMethod, type Log, method, setupHub, type User } from '../../src/index.ts';
import { same } from './same.ts';

// Methods that several hubs share declare the part of a hub that they need, and fit each hub that has it.

const now = method([], (hub) => {
  same<typeof hub, unknown>(true);
  return Date.now();
});
const whoAmI = method([], (hub: { readonly connectionId: string; readonly user: User | null }) => hub.user?.id);
const remember = method([z.string()], (hub: { readonly state: { notes: string[] }; readonly log: Log }, note) => {
  hub.log.info({ length: note.length });
  hub.state.notes.push(note);
});
const greet = method([], (hub: { readonly clients: Greets }) => hub.clients.caller.send('Greeted', 'hello'));

interface Greets {
  readonly caller: { send(method: 'Greeted', text: string): Promise<unknown> };
}

setupHub({
  client: {} as { Greeted(text: string): void },
  state: () => ({ notes: [] as string[], other: 1 }),
}).createHub({ methods: { now, whoAmI, remember, greet, renamed: whoAmI } });

setupHub({}).createHub({ methods: { now, whoAmI } });

// @ts-expect-error this hub keeps no state
setupHub({}).createHub({ methods: { remember } });
// @ts-expect-error this hub's notes are numbers
setupHub({ state: () => ({ notes: [1] }) }).createHub({ methods: { remember } });
// @ts-expect-error these clients cannot be greeted
setupHub({ client: {} as { Cursed(text: string): void } }).createHub({ methods: { greet } });

same<typeof now, HubMethod<unknown, readonly [], number, [], 'method'>>(true);

setupHub({ state: () => ({ n: 0 }) }).createHub({
  methods: {
    Fails: method([], () => {
      throw new HubError('not today', { cause: new Error('tired') });
    }),
    Admin: method([z.string()], { authorize: 'admin', timeoutMs: 0 }, (hub, name) => {
      same<typeof name, string>(true);
      same<typeof hub.state.n, number>(true);
    }),
    Staff: method([], { authorize: ['admin', 'moderator'] }, (hub) => hub.state.n),
    Members: method([], { authorize: 'authenticated' }, (hub) => hub.state.n),
    Everybody: method([], { authorize: 'anonymous' }, (hub) => hub.state.n),
    Chosen: method([], { authorize: (user) => user?.roles.includes('chosen') === true }, (hub) => hub.state.n),

    // @ts-expect-error the function returns a boolean
    Perhaps: method([], { authorize: () => 'perhaps' }, () => 1),
    // @ts-expect-error and no promise
    Later: method([], { authorize: async () => true }, () => 1),
    // @ts-expect-error an anonymous user has no roles
    Somebody: method([], { authorize: (user) => user.roles.includes('chosen') }, () => 1),
    // @ts-expect-error a time is a number of milliseconds
    Slow: method([], { timeoutMs: '5s' }, () => 1),
    // @ts-expect-error there is no such option
    Retried: method([], { retries: 3 }, () => 1),
    // @ts-expect-error options come before what runs
    Reversed: method([], () => 1, { timeoutMs: 5 }),
  },
});
