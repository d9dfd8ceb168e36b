// The standalone server with API keys: two commands, and a client that is let in.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { newMasterKey } from '../../src/auth/index.ts';
import { part } from '../auth/signed-tokens.ts';
import { closed, connect } from '../support/clients.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

const CLAIMS = '{"sub":"canary-claim","exp":9999999999}';

test('serve and check print no secret, at level debug either: not the keys, nor what stands in addresses', async () => {
  const masterKey = newMasterKey();
  const config = join(temporaryFolder(), 'settings.yaml');
  const settings = [
    'logLevel: debug',
    `masterKey: ${masterKey}`,
    'inspect: true',
    'inspectToken: canary-inspector-token',
    'auth: { keys: true, jwt: { jwksUrl: "http://127.0.0.1:9/keys?token=canary-query" } }',
  ];
  writeFileSync(config, settings.join('\n'), { mode: 0o600 });
  const checked = new Standalone('check', '--port', '0', '--config', config, '--data', temporaryFolder());
  expect(await checked.exited).toBe(0);
  expect(checked.stdout.all).toContain('  auth.jwt.jwksUrl: "http://127.0.0.1:9/keys?…"');

  const program = new Standalone('serve', '--port', '0', '--config', config);
  const port = await program.port();
  const wrong = `${masterKey.slice(0, -1)}${masterKey.endsWith('a') ? 'b' : 'a'}`;
  const token = `${['{"alg":"ES256","kid":"1"}', CLAIMS].map(part).join('.')}.canary-signature`;
  const statuses = [masterKey, wrong, newMasterKey(), token].map(async (credential) => {
    const headers = { Authorization: `Bearer ${credential}`, Cookie: 'session=canary-cookie' };
    const path = `/hubs/chat/negotiate?negotiateVersion=1&name=canary-query`;
    return (await ask(port, requestText('POST', path, headers))).status;
  });
  expect(await Promise.all(statuses)).toEqual([200, 401, 401, 401]);
  program.kill('SIGTERM');
  expect(await program.exited).toBe(0);
  const printed = [checked, program].flatMap(({ stdout, stderr }) => [...stdout.all, ...stderr.all]).join('\n');
  expect(printed).toContain('http://127.0.0.1:9/keys');
  expect(printed).toContain('authenticate refused a request');
  expect(printed).toContain('the keys of an issuer cannot be loaded');
  for (const secret of ['canary-', masterKey.slice(15, 30), wrong.slice(-12), part(CLAIMS)])
    expect(printed).not.toContain(secret);
});
