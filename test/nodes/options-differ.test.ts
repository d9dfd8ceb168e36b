// Nodes whose hubs have other options, as while a change is rolled out.
import { expect, test } from 'vitest';
import { setupHub } from '../../src/index.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';

interface Client {
  Heard(text: string): void;
  Asked(text: string): string;
}

test('a node whose hub has more protocols delivers what it gets in fewer, in each of them', async () => {
  const hubs = [
    setupHub({ client: {} as Client }).createHub({ methods: {}, options: { protocols: ['messagepack'] } }),
    setupHub({ client: {} as Client }).createHub({ methods: {}, options: { plain: true } }),
  ] as const;
  const nodes = await MemoryNodes.linked(2, (at) => hubs[at] as (typeof hubs)[number]);
  const json = await nodes.connect(nodes.at(1));
  const plain = nodes.at(1).server.openPlain();
  await nodes.settle();
  const context = nodes.at(0).server.parts.context(hubs[0]);
  await context.clients.all.send('Heard', 'in all protocols');
  const answer = context.clients.client(json.id).invoke('Asked', 'too');
  await nodes.settle();
  const records = json.client.records as readonly { target?: string; arguments?: unknown; invocationId?: string }[];
  expect(records.filter(({ target }) => target === 'Heard')).toMatchObject([{ arguments: ['in all protocols'] }]);
  expect(plain.client.records).toMatchObject([{ target: 'Heard', arguments: ['in all protocols'] }]);
  const { invocationId } = records.find(({ target }) => target === 'Asked') ?? {};
  json.client.sendRecord({ type: 3, invocationId, result: 'answered' });
  await nodes.settle();
  expect(await answer).toBe('answered');
});
