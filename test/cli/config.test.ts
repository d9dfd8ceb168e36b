import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/cli/config.ts';
import {
  attributeOf,
  fileVariableOf,
  flagOf,
  SECRETS,
  SETTING_NAMES,
  type SettingName,
  variableOf,
} from '../../src/cli/settings.ts';
import { usageProblem } from '../../src/cli/usage.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function settings(flags: Record<string, string>, environment: Record<string, string> = {}) {
  const config = loadConfig(flags, environment);
  if ('problems' in config) throw new Error(config.problems.join('\n'));
  return config.settings;
}

function problems(flags: Record<string, string>, environment: Record<string, string> = {}): readonly string[] {
  const config = loadConfig(flags, environment);
  return 'problems' in config ? config.problems : [];
}

/** Each setting as text, as a value in a file, and as its parsed value. */
const CASES: Readonly<Record<SettingName, { readonly text: string; readonly yaml: string; readonly value: unknown }>> =
  {
    port: { text: '8080', yaml: '8080', value: 8080 },
    host: { text: '::1', yaml: '"::1"', value: '::1' },
    data: { text: '/srv/box', yaml: '/srv/box', value: '/srv/box' },
    storage: { text: 'sqlite:/srv/box.db', yaml: 'sqlite:/srv/box.db', value: 'sqlite:/srv/box.db' },
    backplane: { text: 'redis://redis.example', yaml: 'redis://redis.example', value: 'redis://redis.example' },
    backplanePrefix: { text: 'chat', yaml: 'chat', value: 'chat' },
    backplaneSecret: {
      text: 'thirty-two-or-more-characters-in-it',
      yaml: 'thirty-two-or-more-characters-in-it',
      value: 'thirty-two-or-more-characters-in-it',
    },
    nodeId: { text: 'web-1', yaml: 'web-1', value: 'web-1' },
    onOutage: { text: 'reject', yaml: 'reject', value: 'reject' },
    readyWhenDegraded: { text: 'false', yaml: 'false', value: false },
    leaseMs: { text: '3000', yaml: '3000', value: 3_000 },
    origins: {
      text: 'https://a.example, https://b.example',
      yaml: '[https://a.example, https://b.example]',
      value: ['https://a.example', 'https://b.example'],
    },
    hosts: {
      text: 'chat.example,[::1]:8080',
      yaml: '[chat.example, "[::1]:8080"]',
      value: ['chat.example', '[::1]:8080'],
    },
    drainMs: { text: '500', yaml: '500', value: 500 },
    drainDelayMs: { text: '5000', yaml: '5000', value: 5_000 },
    keepAliveTimeoutMs: { text: '620000', yaml: '620000', value: 620_000 },
    maximumWaitingBytes: { text: '8388608', yaml: '8388608', value: 8_388_608 },
    inspect: { text: 'true', yaml: 'true', value: true },
    inspectToken: {
      text: 'sixteen-or-more-characters',
      yaml: 'sixteen-or-more-characters',
      value: 'sixteen-or-more-characters',
    },
    logLevel: { text: 'warn', yaml: 'warn', value: 'warn' },
    'rates.calls.perSecond': { text: '0.5', yaml: '0.5', value: 0.5 },
    'rates.calls.burst': { text: '7', yaml: '7', value: 7 },
    'rates.bytes.perSecond': { text: '0', yaml: '0', value: 0 },
    'rates.bytes.burst': { text: '50000', yaml: '50000', value: 50_000 },
    'rates.perUserFactor': { text: '2', yaml: '2', value: 2 },
    'retention.sessions.days': { text: '0.5', yaml: '0.5', value: 0.5 },
    'retention.sessions.count': { text: '7', yaml: '7', value: 7 },
    'retention.messages.days': { text: '365', yaml: '365', value: 365 },
    'retention.messages.count': { text: '8', yaml: '8', value: 8 },
    'retention.audit.days': { text: '0', yaml: '0', value: 0 },
    'retention.audit.count': { text: '9', yaml: '9', value: 9 },
    'retention.tasks.days': { text: '1', yaml: '1', value: 1 },
    'retention.tasks.count': { text: '10', yaml: '10', value: 10 },
    'auth.anonymous': { text: 'never', yaml: 'never', value: 'never' },
    'auth.keys': { text: 'true', yaml: 'true', value: true },
    'auth.jwt.secret': { text: 'a secret', yaml: 'a secret', value: 'a secret' },
    'auth.jwt.publicKey': { text: 'PEM', yaml: 'PEM', value: 'PEM' },
    'auth.jwt.jwksFile': { text: '/keys.json', yaml: '/keys.json', value: '/keys.json' },
    'auth.jwt.jwksUrl': { text: 'https://a.example', yaml: 'https://a.example', value: 'https://a.example' },
    'auth.jwt.algorithms': { text: 'RS256,ES256', yaml: '[RS256, ES256]', value: ['RS256', 'ES256'] },
    'auth.jwt.issuer': { text: 'https://a.example', yaml: '[https://a.example]', value: ['https://a.example'] },
    'auth.jwt.audience': { text: 'a, b', yaml: '[a, b]', value: ['a', 'b'] },
    'auth.jwt.clockToleranceMs': { text: '0', yaml: '0', value: 0 },
    'auth.jwt.userId': { text: 'user.id', yaml: 'user.id', value: 'user.id' },
    'auth.jwt.roles': { text: 'scope', yaml: 'scope', value: 'scope' },
    'auth.jwt.keepClaims': { text: 'tenant', yaml: '[tenant]', value: ['tenant'] },
    'auth.jwt.trustRoles': { text: 'admin', yaml: '[admin]', value: ['admin'] },
    'chat.moderation.maxLength': { text: '500', yaml: '500', value: 500 },
    'chat.moderation.links': { text: 'mask', yaml: 'mask', value: 'mask' },
    'chat.moderation.repeats': { text: '30', yaml: '30', value: 30 },
    'chat.moderation.profanity': { text: 'refuse', yaml: 'refuse', value: 'refuse' },
    masterKey: { text: 'sb_mk_', yaml: 'sb_mk_', value: 'sb_mk_' },
  };

describe.each(SETTING_NAMES.map((name) => ({ name, ...CASES[name] })))('$name', ({ name, text, yaml, value }) => {
  test(SECRETS.includes(name) ? 'is no flag' : 'can be a flag', () => {
    const found = settings({ [attributeOf(name)]: text })[name];
    expect(found).toEqual(SECRETS.includes(name) ? undefined : value);
    expect(usageProblem(new CommanderError(1, 'commander.unknownOption', `'${flagOf(name)}'`))).toContain(
      SECRETS.includes(name) ? 'a secret is no flag' : 'got a value, expected none',
    );
  });
  test('can be an environment variable', () => {
    expect(settings({}, { [variableOf(name)]: text })[name]).toEqual(value);
  });
  test('can stand in a YAML file and in a JSON file', () => {
    expect(settings({ config: file(`${name}.yaml`, `${name}: ${yaml}\n`) })[name]).toEqual(value);
    expect(settings({ config: file(`${name}.json`, JSON.stringify({ [name]: value })) })[name]).toEqual(value);
  });
  test('can stand below its group', () => {
    const [last = '', ...groups] = name.split('.').reverse();
    const nested = groups.reduce<object>((inner, group) => ({ [group]: inner }), { [last]: value });
    expect(settings({ config: file(`${name}.nested.json`, JSON.stringify(nested)) })[name]).toEqual(value);
  });
});

describe('a secret', () => {
  const secret = (content: string, mode?: number) => file('secret', content, mode);

  test.each(SECRETS.map((name) => [fileVariableOf(name), name] as const))(
    'may stand in a file: %s',
    (variable, name) => {
      expect(settings({}, { [variable]: secret(' thirty-two-or-more-characters-in-it\r\n') })[name]).toBe(
        'thirty-two-or-more-characters-in-it',
      );
    },
  );

  test('in a file that others may read is refused, unless its owner is another user', () => {
    const path = secret('sixteen-or-more-characters', 0o644);
    const environment = { SIGNALBOX_INSPECT_TOKEN_FILE: path };
    expect(problems({}, environment)).toEqual([
      `SIGNALBOX_INSPECT_TOKEN_FILE: ${path}: other users may read it (mode 0644): chmod 600`,
    ]);
    vi.spyOn(process, 'getuid').mockReturnValueOnce(12_345);
    expect(problems({}, environment)).toEqual([]);
  });

  test.each(['inspectToken: sixteen-or-more-characters', 'auth: { jwt: { secret: canary } }'])(
    'in a settings file that others may read is refused, unless its owner is another user: %s',
    (content) => {
      const config = file('secret.yaml', content, 0o640);
      const [, name = ''] = /(\w+): [\w-]+[ }]*$/.exec(content) ?? [];
      expect(problems({ config })).toEqual([
        expect.stringMatching(
          new RegExp(`: (auth\\.jwt\\.)?${name} is a secret, and other users may read it \\(mode 0640\\): chmod 600$`),
        ),
      ]);
      vi.spyOn(process, 'getuid').mockReturnValueOnce(12_345);
      expect(problems({ config })).toEqual([]);
      expect(problems({ config: file('open.yaml', 'port: 1', 0o644) })).toEqual([]);
    },
  );

  test.each([
    ['that is not there', () => '/no/such/file', 'there is no such file'],
    ['that is a folder', () => folder, 'it is a folder'],
    ['that is a device', () => '/dev/zero', 'it is no regular file'],
    ['that is empty', () => secret(' \n'), 'it is empty'],
    ['that is too long', () => secret('x'.repeat(65_537)), 'it is longer than 65536 bytes, and no secret is'],
  ])('in a file %s is a problem', (_what, at, fault) => {
    const path = at();
    expect(problems({}, { SIGNALBOX_MASTER_KEY_FILE: path })).toEqual([`SIGNALBOX_MASTER_KEY_FILE: ${path}: ${fault}`]);
  });

  test('comes from one place in the environment', () => {
    const environment = { SIGNALBOX_AUTH_JWT_SECRET: 'canary', SIGNALBOX_AUTH_JWT_SECRET_FILE: secret('canary') };
    expect(problems({}, environment)).toEqual([
      'SIGNALBOX_AUTH_JWT_SECRET_FILE: got a file, expected only one of SIGNALBOX_AUTH_JWT_SECRET_FILE and SIGNALBOX_AUTH_JWT_SECRET',
    ]);
  });
});

test('an unknown key below a group has its whole name', () => {
  const [line] = problems({ config: file('nested.yaml', 'auth:\n  jwt:\n    secrt: x\n  other: 1\n') });
  expect(line).toMatch(/^auth\.jwt\.secrt: got an unknown key \(.*:3:5\), .* did you mean auth\.jwt\.secret\?$/);
});

describe('precedence', () => {
  const config = file('precedence.yaml', 'port: 1\nhost: file\nlogLevel: error\n');

  test('flags win over the environment, the environment over the file, the file over the defaults', () => {
    const found = settings({ config, port: '3' }, { SIGNALBOX_PORT: '2', SIGNALBOX_HOST: 'environment' });
    expect(found).toMatchObject({ port: 3, host: 'environment', logLevel: 'error', data: './data' });
  });

  test('the environment can name the file', () => {
    expect(settings({}, { SIGNALBOX_CONFIG: config }).host).toBe('file');
  });

  test('other variables are nobody’s business', () => {
    expect(settings({}, { PATH: '/bin', SIGNAL: 'x' }).port).toBe(5080);
  });

  test('nor are those of Kubernetes for services whose names begin as ours', () => {
    const service = (name: string, port: number) => ({
      [`${name}_SERVICE_HOST`]: '10.96.0.17',
      [`${name}_SERVICE_PORT`]: `${port}`,
      [`${name}_SERVICE_PORT_HTTP`]: `${port}`,
      [`${name}_PORT`]: `tcp://10.96.0.17:${port}`,
      [`${name}_PORT_${port}_TCP`]: `tcp://10.96.0.17:${port}`,
      [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
      [`${name}_PORT_${port}_TCP_PORT`]: `${port}`,
      [`${name}_PORT_${port}_TCP_ADDR`]: '10.96.0.17',
      [`${name}_PORT_53_UDP`]: 'udp://10.96.0.17:53',
    });
    const environment = { ...service('SIGNALBOX', 5080), ...service('SIGNALBOX_REDIS', 6379), SIGNALBOX_HOST: '::1' };
    expect(settings({}, environment)).toEqual(settings({ host: '::1' }));
    expect(problems({}, { SIGNALBOX_REDIS_PORT: '6379' })).toHaveLength(1);
  });

  test('nor are those of Docker for links to containers whose names begin as ours', () => {
    const link = (name: string) => ({
      [`${name}_NAME`]: '/web/signalbox',
      [`${name}_ENV_NODE_VERSION`]: '20.19.0',
      [`${name}_PORT`]: 'tcp://172.17.0.5:5080',
      [`${name}_PORT_5080_TCP_ADDR`]: '172.17.0.5',
    });
    expect(settings({}, { ...link('SIGNALBOX'), ...link('SIGNALBOX_1') })).toEqual(settings({}));
    expect(problems({}, { SIGNALBOX_NAME: 'chat', SIGNALBOX_ENVIRONMENT: 'production' })).toHaveLength(2);
  });

  test('white space around a variable does not count, and a variable without a value is not set', () => {
    expect(
      settings({}, { SIGNALBOX_PORT: ' 8080\r', SIGNALBOX_HOST: '\t::1 ', SIGNALBOX_INSPECT: 'true\r\n' }),
    ).toEqual(settings({ port: '8080', host: '::1', inspect: 'true' }));
    const empty = Object.fromEntries([...SETTING_NAMES.map(variableOf), 'SIGNALBOX_CONFIG'].map((name) => [name, '']));
    expect(settings({}, empty)).toEqual(settings({}));
    expect(settings({}, { ...empty, SIGNALBOX_CONFIG: `${config}\r` }).host).toBe('file');
  });
});

describe('what is wrong is said in one line each: where, what it is, what it should be', () => {
  const wrong = file('wrong.yaml', 'prot: 1\nlogLevel: loud\ninspect: maybe\norigins: [1]\n');

  test.each([
    ['no number', { port: 'abc' }, {}, 'port: got a text of 3 characters (--port), expected a number'],
    ['a number out of range', { port: '70000' }, {}, 'port: got 70000 (--port), expected at most 65535'],
    [
      'no fraction',
      {},
      { SIGNALBOX_DRAIN_MS: '1.5' },
      'drainMs: got 1.5 (SIGNALBOX_DRAIN_MS), expected a whole number',
    ],
    [
      'no flag',
      {},
      { SIGNALBOX_INSPECT: 'yes' },
      'inspect: got a text of 3 characters (SIGNALBOX_INSPECT), expected true or false',
    ],
    [
      'none of the values',
      { logLevel: 'loud' },
      {},
      'logLevel: got a text of 4 characters (--log-level), expected one of silent, error, warn, info, debug',
    ],
    [
      'nothing where something has to be',
      { host: '' },
      {},
      'host: got an empty text (--host), expected at least 1 characters',
    ],
    [
      'an origin with a path',
      { origins: 'https://a.example,https://b.example/hubs' },
      {},
      expect.stringMatching(
        /^origins\.1: got a text of 22 characters \(--origins\), expected an origin: scheme and host, /,
      ),
    ],
    [
      'a pattern of origins',
      {},
      { SIGNALBOX_ORIGINS: '*' },
      expect.stringMatching(/^origins\.0: .* expected an origin: /),
    ],
    [
      'an address with a port',
      { host: '127.0.0.1:80' },
      {},
      expect.stringMatching(
        /^host: got a text of 12 characters \(--host\), expected a name or an address of this machine /,
      ),
    ],
    [
      'a folder without a name',
      { data: ' ' },
      {},
      'data: got a text of 1 character (--data), expected more than white space',
    ],
    [
      'a token that no header carries',
      { config: file('blank-end.yaml', 'inspectToken: "sixteen-or-more "') },
      {},
      expect.stringMatching(/^inspectToken: got a text of 16 characters .* nor ends with white space$/),
    ],
    [
      'a secret, which is not shown',
      {},
      { SIGNALBOX_INSPECT_TOKEN: 'short' },
      'inspectToken: got a text of 5 characters (SIGNALBOX_INSPECT_TOKEN), expected at least 16 characters',
    ],
    [
      'an unknown variable, with the nearest known one',
      {},
      { SIGNALBOX_PROT: '1' },
      'SIGNALBOX_PROT: got an unknown variable (SIGNALBOX_PROT), expected a known one: did you mean SIGNALBOX_PORT?',
    ],
    [
      'an unknown variable near to nothing',
      {},
      { SIGNALBOX_X: '1' },
      expect.stringMatching(/^SIGNALBOX_X: got an unknown variable .* expected one of SIGNALBOX_PORT, /),
    ],
    [
      'a file that is not there',
      { config: join(folder, 'none.yaml') },
      {},
      expect.stringMatching(/none\.yaml: it cannot be read: there is no such file$/),
    ],
    [
      'a file that is no YAML',
      { config: file('broken.yaml', 'a: [1\n') },
      {},
      expect.stringMatching(/broken\.yaml:2:1: the indentation is wrong, or a bracket is not closed$/),
    ],
    [
      'a file without keys',
      { config: file('list.yaml', '- 1\n') },
      {},
      expect.stringMatching(/list\.yaml: got a list, expected keys with values/),
    ],
  ])('%s', (_what, flags, environment, line) => {
    expect(problems(flags as Record<string, string>, environment as Record<string, string>)).toEqual([line]);
  });

  test('all problems at once, not one after the other', () => {
    expect([...problems({ config: wrong })].sort()).toEqual([
      `inspect: got a text of 5 characters (${wrong}:3:1), expected true or false`,
      `logLevel: got a text of 4 characters (${wrong}:2:1), expected one of silent, error, warn, info, debug`,
      `origins.0: got a number (${wrong}:4:1), expected a text`,
      `prot: got an unknown key (${wrong}:1:1), expected a known one: did you mean port?`,
    ]);
  });
});
