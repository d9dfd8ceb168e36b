// compose.yaml and Dockerfile, as far as they can be checked without Docker.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseDocument } from 'yaml';
import { loadConfig } from '../../src/cli/config.ts';
import { Settings } from '../../src/cli/settings.ts';
import { readPostgresUrl } from '../../src/storage/postgres/postgres-url.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly [string, ...string[]] };
  readonly read_only?: boolean;
}

interface Compose {
  readonly services: Readonly<Record<'signalbox' | 'postgres', Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const document = parseDocument(read('compose.yaml'), { prettyErrors: false });
const compose = document.toJS() as Compose;
const { signalbox, postgres } = compose.services;

/** What the command of docs/deploy.md makes, in a folder of its own. */
function madeSecrets(umask: string): string {
  const [, section = ''] = /^### Docker Compose$([\s\S]*?)^## /m.exec(read('docs/deploy.md')) ?? [];
  const [, command = ''] = /```sh\n(\(umask [\s\S]*?\))\ndocker compose up/.exec(section) ?? [];
  const folder = temporaryFolder();
  execFileSync('sh', ['-ec', `umask ${umask}\n${command}`], { cwd: folder });
  return folder;
}

test('compose.yaml is YAML without a fault, and has no password', () => {
  expect([...document.errors, ...document.warnings]).toEqual([]);
  expect(read('compose.yaml')).not.toMatch(/PASSWORD(?!_FILE)|:\/\/[^/\s]*@/);
});

test.each(['022', '077', '000'])('the secrets are made by the command of the documents, with umask %s', (umask) => {
  const folder = madeSecrets(umask);
  const files = Object.values(compose.secrets).map(({ file }) => join(folder, file));
  expect(readdirSync(join(folder, 'secrets')).sort()).toEqual(files.map((file) => basename(file)).sort());
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  // Nobody else gets to the files. Users of containers, to whom they are given one by one, may read them.
  expect(modeOf(join(folder, 'secrets'))).toBe('700');
  expect(files.map(modeOf)).toEqual(files.map(() => '644'));
  const password = readFileSync(join(folder, 'secrets/postgres-password'), 'utf8');
  expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(readPostgresUrl(readFileSync(join(folder, 'secrets/storage'), 'utf8'))).toMatchObject({
    host: 'postgres',
    port: 5432,
    user: postgres.environment.POSTGRES_USER,
    database: postgres.environment.POSTGRES_DB,
    password,
  });
  for (const ignored of ['.gitignore', '.dockerignore']) expect(read(ignored)).toMatch(/^secrets\/?$/m);
});

test('its variables are settings with which the server starts, as another user than the owner of the secrets', () => {
  const folder = madeSecrets('022');
  const environment = Object.fromEntries(
    Object.entries(signalbox.environment).map(([name, value]) => [
      name,
      value.replace(/^\/run\/secrets\/(.*)$/, (_all, secret: string) =>
        join(folder, compose.secrets[secret]?.file ?? ''),
      ),
    ]),
  );
  const user = process.getuid;
  process.getuid = () => 10_001;
  onTestFinished(() => {
    if (user !== undefined) process.getuid = user;
  });
  const config = loadConfig({}, environment);
  expect(config).toMatchObject({
    settings: { host: '0.0.0.0', 'auth.keys': true, storage: expect.stringMatching(/^postgres:\/\/signalbox:/) },
  });
});

test('its secrets, services and volumes are there, and it is published on this machine only', () => {
  const mounted = [signalbox, postgres].flatMap(({ secrets }) => secrets);
  expect([...mounted].sort()).toEqual(Object.keys(compose.secrets).sort());
  for (const { environment, secrets } of [signalbox, postgres]) {
    const used = Object.values(environment).filter((value) => value.startsWith('/run/secrets/'));
    expect(used.map((path) => basename(path))).toEqual(secrets);
  }
  expect(signalbox.depends_on).toEqual(['postgres']);
  expect(postgres.volumes).toEqual([`${Object.keys(compose.volumes)[0]}:/var/lib/postgresql/data`]);
  expect(postgres.ports).toBeUndefined();
  expect(signalbox.ports).toEqual([`127.0.0.1:${Settings.parse({}).port}:${Settings.parse({}).port}`]);
});

test('its check of health knows a server that is ready from one that is not, and from none', async () => {
  let status = 200;
  const server = createServer((_request, response) => void response.writeHead(status).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const [kind, , ...args] = signalbox.healthcheck.test;
  expect(kind).toBe('CMD');
  const checked = args.map((word) => word.replace('127.0.0.1:5080/readyz', `127.0.0.1:${port}/readyz`));
  expect(checked).not.toEqual(args);
  // Not synchronous: the server answers in this process.
  const health = () =>
    new Promise((resolve) => execFile(process.execPath, checked, (error) => resolve(error?.code ?? 0)));
  expect(await health()).toBe(0);
  status = 503;
  expect(await health()).toBe(1);
  await new Promise((closed) => server.close(closed));
  expect(await health()).toBe(1);
});

test('the image runs without a shell, as a user without rights, and gets files that are there', () => {
  const lines = read('Dockerfile')
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ (.*)/s) as [string, string]);
  const last = lines.slice(lines.findLastIndex(([instruction]) => instruction === 'FROM'));
  const of = (instruction: string) => last.find(([name]) => name === instruction)?.[1] ?? '';
  expect(JSON.parse(of('ENTRYPOINT'))).toEqual(['node', '/signalbox/dist/src/cli/main.js']);
  expect(JSON.parse(of('CMD'))).toEqual(['serve']);
  expect(of('USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
  // The user owns no file of the machine: a secret's file of its own that others may read would be refused.
  expect(last.findIndex(([name]) => name === 'USER')).toBeGreaterThan(last.findIndex(([name]) => name === 'RUN'));
  expect(lines.filter(([, what]) => what.startsWith('npm ci')).map(([, what]) => what)).toEqual([
    'npm ci --no-audit --no-fund',
    'npm ci --omit=dev --no-audit --no-fund',
  ]);
  const copied = lines.filter(([name, what]) => name === 'COPY' && !what.startsWith('--from'));
  for (const path of copied.flatMap(([, what]) => what.split(' ').slice(0, -1)))
    expect(existsSync(join(root, path)), path).toBe(true);
  expect(of('ENV')).toContain('SIGNALBOX_DATA=/data');
  expect(of('VOLUME')).toBe('/data');
  expect(spawnSync('sh', ['-n', '-c', of('RUN')]).status).toBe(0);
});
