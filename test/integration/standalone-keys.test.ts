// The standalone server with API keys: two commands, and a client that is let in.
import { beforeAll, expect, test } from 'vitest';
import { closed, connect } from '../support/clients.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { build, Standalone } from '../support/standalone.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

test('with --auth-keys it says how the first key is made, and lets in who has one, until it is revoked', async () => {
  const program = new Standalone('serve', '--port', '0', '--auth-keys', '--auth-anonymous', 'never');
  const port = await program.port();
  const hint = await program.stdout.first((line) => line.startsWith('  keys'));
  expect(hint).toBe(`  keys       none yet: signalbox key create --name NAME --data ${program.data}`);
  expect(program.stdout.all).toContain('  clients    only with an API key');

  const negotiation = (headers: Record<string, string>) =>
    ask(port, requestText('POST', '/hubs/chat/negotiate?negotiateVersion=1', headers));
  expect((await negotiation({})).status).toBe(401);
  // The page is for everybody: it asks for the key.
  expect((await ask(port, requestText('GET', '/'))).status).toBe(200);

  const made = new Standalone('key', 'create', '--name', 'app', '--user', 'ann', '--json', '--data', program.data);
  expect(await made.exited).toBe(0);
  const { key, secret } = JSON.parse(made.stdout.all.join(''));
  const url = `http://127.0.0.1:${port}/hubs/chat`;
  const client = await connect(url, { accessTokenFactory: () => secret });
  await client.invoke('SetUsername', 'ann');
  const ended = closed(client);
  const revoked = new Standalone('key', 'revoke', key.id, '--data', program.data);
  expect(await revoked.exited).toBe(0);
  expect(String(await ended)).toContain('Connection closed with an error');
  expect((await negotiation({ 'X-API-Key': secret })).status).toBe(401);

  const started = new Standalone('serve', '--port', '0', '--auth-keys', '--data', program.data);
  await started.port();
  started.kill('SIGTERM');
  expect(await started.exited).toBe(0);
  expect(started.stdout.all.some((line) => line.startsWith('  keys'))).toBe(false);
});
