// Types of moderators: what compiles here, and what must not.
import { createServer, HubError, type Moderated, type Moderator, setupHub, type Verdict } from '../../src/index.ts';
import { links, repeats } from '../../src/moderation/index.ts';

const asynchronous: Moderator = async ({ method, args, sender, to, target }) => {
  const name: string | undefined = sender.connectionId;
  const ids: readonly string[] = target.to === 'connections' ? target.ids : [];
  if (to === 'whisper' && sender.user?.id === name) return new HubError(method);
  return ids.length > 0 ? { args: [...args] } : undefined;
};
const synchronous = (_message: Moderated): Verdict => undefined;

const hub = setupHub({}).createHub({
  methods: {},
  moderate: [asynchronous, synchronous, links({ action: 'mask' }), repeats({ withinMs: 1_000 })],
  options: { moderationTimeoutMs: 0 },
});
createServer({ hubs: { '/hub': hub }, hubOptions: { moderationTimeoutMs: 1_000 } });

// @ts-expect-error A text that repeats has nothing to mask.
repeats({ withinMs: 1_000, action: 'mask' });
// @ts-expect-error true does not say what should happen.
const unclear: Moderator = () => true;
// @ts-expect-error The arguments of a message are not changed in place.
const changing: Moderator = ({ args }) => void args.push(1);
export const refused = [unclear, changing];
