import { describe, expect, test } from 'vitest';
import type { Peer } from '../support/memory-server.ts';
import { answerTo, LEASE_MS, NOTICED_MS, Site } from './nodes-site.ts';

/** The latest invocation that a client has got is answered with JSON. */
function answer({ client }: Peer, result: string): void {
  const id = client.requestedResults.at(-1)?.invocationId;
  client.send(`{"type":3,"invocationId":"${id}","result":${result}}\x1e`);
}

function invocations({ nodes }: Site): readonly number[] {
  return nodes.all.map(({ cluster }) => cluster.invocations);
}

describe('an invocation of a client of another node', () => {
  test.each(['1e400', `${'['.repeat(62)}${']'.repeat(62)}`])(
    'whose result cannot be sent to its node ends, and nothing else does: %s',
    async (result) => {
      const site = await Site.of(2);
      const [here, there] = [await site.client(0), await site.client(1)];
      const [first, second] = [site.begin(here, 'Ask', there.id, 'a'), site.begin(here, 'Ask', there.id, 'b')];
      await site.nodes.settle();
      answer(there, result);
      await site.nodes.settle();
      expect(answerTo(here, first)).toEqual('none');
      expect(answerTo(here, second)).toMatch('The result cannot be sent to its node.');
      there.client.complete(there.client.requestedResults[0]?.invocationId ?? '', { result: 'a' });
      await site.nodes.settle();
      expect(answerTo(here, first)).toEqual('a');
      expect(invocations(site)).toEqual([0, 0]);
      expect(site.node(1).server.log.faults).toEqual([]);
    },
  );

  test('for which nobody waits any more has no place among those of its client', async () => {
    const site = await Site.of(2);
    const [here, near, there] = [await site.client(0), await site.client(1), await site.client(1)];
    for (let n = 0; n < 100; n++) site.begin(here, 'AskShortly', there.id, 'who?');
    await site.nodes.pass(LEASE_MS / 2);
    expect(invocations(site)).toEqual([0, 0]);
    const asked = site.begin(near, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    answer(there, '"me"');
    await site.nodes.settle();
    expect(answerTo(near, asked)).toEqual('me');
    expect(there.client.isEnded).toBe(false);
  });

  test('ends on the node of its client when its own node has crashed', async () => {
    const site = await Site.of(2);
    const [here, near, there] = [await site.client(0), await site.client(1), await site.client(1)];
    for (let n = 0; n < 100; n++) site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    site.node(0).crash();
    expect(site.node(1).cluster.invocations).toEqual(100);
    await site.nodes.pass(NOTICED_MS);
    expect(site.node(1).cluster.invocations).toEqual(0);
    const asked = site.begin(near, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    answer(there, '"me"');
    await site.nodes.settle();
    expect(answerTo(near, asked)).toEqual('me');
  });

  test('that was lost on its way ends when its node says that it does not have it', async () => {
    const site = await Site.of(2);
    const [here, there] = [await site.client(0), await site.client(1)];
    site.nodes.exchange.loses = ({ channel }) => channel === site.node(1).cluster.link.inbox;
    const asked = site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    site.nodes.exchange.loses = () => false;
    await site.nodes.pass(LEASE_MS / 2);
    expect(answerTo(here, asked)).toMatch('was lost between two nodes');
    expect(invocations(site)).toEqual([0, 0]);
  });

  test('whose result was lost is answered all the same', async () => {
    const site = await Site.of(2);
    const [here, there] = [await site.client(0), await site.client(1)];
    const asked = site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    site.nodes.exchange.loses = ({ channel }) => channel === site.node(0).cluster.link.inbox;
    answer(there, '"me"');
    await site.nodes.settle();
    site.nodes.exchange.loses = () => false;
    expect(answerTo(here, asked)).toEqual('none');
    await site.nodes.pass(LEASE_MS / 2);
    expect(answerTo(here, asked)).toEqual('me');
    expect(invocations(site)).toEqual([0, 0]);
  });
});
