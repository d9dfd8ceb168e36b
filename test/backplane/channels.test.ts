import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allChannel, CONTROL, groupChannel, inboxChannel, userChannel } from '../../src/backplane/wire/channels.ts';
import { property } from '../support/property.ts';

/** Names of the same few characters, among them all that mean something in a channel. */
const name = fc.string({
  unit: fc.constantFrom('a', ':', '%', '"', '\\', '3', 'A', '\ud800', '\udfff', '\ufffd', 'g'),
});
const kind = fc.constantFrom('all' as const, 'group' as const, 'user' as const, 'inbox' as const);
const address = fc.record({ kind, hub: name, name });
type Address = typeof address extends fc.Arbitrary<infer A> ? A : never;

function channelOf({ kind, hub, name }: Address): string {
  if (kind === 'all') return allChannel(hub);
  if (kind === 'inbox') return inboxChannel({ nodeId: name, bootId: 'boot' });
  return kind === 'group' ? groupChannel(hub, name) : userChannel(hub, name);
}

/** What makes two addresses different ones. */
function identityOf({ kind, hub, name }: Address): string {
  return JSON.stringify(kind === 'all' ? [kind, hub] : kind === 'inbox' ? [kind, name] : [kind, hub, name]);
}

describe('channels', () => {
  property(
    'of two addresses are two, in UTF-8 too',
    [address, fc.option(address, { nil: undefined })],
    { runs: 5_000, sometimes: ['they are the same', 'names have lone surrogates'] },
    (one, another, reached) => {
      const other = another ?? one;
      const areSame = identityOf(one) === identityOf(other);
      const [first, second] = [one, other].map((each) => Buffer.from(channelOf(each)).toString('hex'));
      expect(first === second).toBe(areSame);
      expect(channelOf(one).isWellFormed()).toBe(true);
      expect(channelOf(one)).not.toBe(CONTROL);
      reached('they are the same', areSame);
      reached('names have lone surrogates', !one.name.isWellFormed() && !other.name.isWellFormed());
    },
  );

  test('of addresses that look alike are two', () => {
    expect(groupChannel('a:g:b', 'c')).not.toBe(groupChannel('a', 'b:g:c'));
    expect(allChannel('a:b')).not.toBe(allChannel('a%3Ab'));
    expect(userChannel('a', '\ud800')).not.toBe(userChannel('a', '"\\ud800"'));
    expect(allChannel('\ud800')).not.toBe(allChannel('"\\ud800"'));
    expect(groupChannel('a', 'b')).not.toBe(userChannel('a', 'b'));
  });

  test('can be read by a person, and are those of all versions', () => {
    expect(allChannel('/chat')).toBe('d:/chat:all');
    expect(groupChannel('/chat', 'room: 1')).toBe('d:/chat:g:room: 1');
    expect(userChannel('/a:b%', 'ann')).toBe('d:/a%3Ab%25:u:ann');
    expect(groupChannel('/chat', '\ud800')).toBe('d:/chat:g:"\\ud800"');
    expect(inboxChannel({ nodeId: 'host-1', bootId: 'boot' })).toBe('n:host-1:boot');
  });
});
