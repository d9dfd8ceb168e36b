import { expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';

interface AskedClient {
  Question(): string;
}

test('a call that goes on when its connection has ended sets no alarm', async () => {
  const hub = setupHub({ client: {} as AskedClient }).createHub({
    methods: { Ask: method([any<string>()], (self, id) => self.clients.client(id).invoke('Question')) },
  });
  const server = new MemoryServer(hub);
  const [asking, asked] = [await server.connect(), await server.connect()];
  asking.client.invoke('Ask', [asked.id], 'call');
  await server.settle();
  const [question] = asked.client.requestedResults;
  expect(question).toMatchObject({ target: 'Question', arguments: [], invocationId: `s1-${asked.id}` });
  asking.client.close();
  await server.pass(10_000);
  asked.client.complete(question?.invocationId ?? '', { result: 'an answer' });
  await server.settle();
  asked.client.close();
  await server.settle();
  expect(server.leftovers()).toEqual(NOTHING_LEFT);
});
