import { describe, expect, test } from 'vitest';
import { PEERS, type Peer } from '../../bench/peers/peers.ts';

const OURS = ['signalbox', 'messagepack'];

describe.each(Object.entries(PEERS) as [string, Peer][])('%s', (name, peer) => {
  const isOurs = OURS.includes(name);

  test(`${isOurs ? 'can' : 'cannot'} be profiled`, () => {
    expect(peer.isOurs).toBe(isOurs);
    const command = peer.command({ flags: [], profiles: 'some/folder' });
    const script = command.findIndex((word) => /\.(js|dll)$/.test(word));
    // Arguments behind the script are for the server, not for Node.
    expect(command.slice(1, script)).toEqual(isOurs ? ['--cpu-prof', '--cpu-prof-dir=some/folder'] : []);
  });

  test('is not profiled unasked', () => {
    expect(peer.command({ flags: [], profiles: undefined }).join(' ')).not.toContain('prof');
  });
});
