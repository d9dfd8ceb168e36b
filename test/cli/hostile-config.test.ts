// For any input as configuration, wrong by mistake or not: lines that name the place and the fault, and quote nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { Output } from '../../src/output/output.ts';
import { property } from '../support/property.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'file');
writeFileSync(path, '', { mode: 0o600 });
function file(content: string | Uint8Array): string {
  writeFileSync(path, content);
  return path;
}

/** Lines that `signalbox check` prints, and whether it accepts the configuration. */
async function checked(flags: Record<string, string>, environment: Record<string, string> = {}) {
  const lines: string[] = [];
  const spy = vi.spyOn(Output.prototype, 'write').mockImplementation((line) => void lines.push(line.trimEnd()));
  try {
    return { isFine: await check(loadConfig(flags, environment)), lines };
  } finally {
    spy.mockRestore();
  }
}

function settingsOf(environment: Record<string, string>) {
  return loadConfig({}, environment);
}

const SECRET = 'hunter2hunter2hunter2';

describe('a file that is not what was meant gets lines with its place and the kind of fault', () => {
  test.each([
    ['a list that holds itself', 'port: &x [*x]', /:1:1: an alias stands in its value; settings have none$/],
    ['an alias of nothing', `port: *${SECRET}`, /:1:1: an alias stands in its value/],
    ['a mapping that is merged into itself', 'port: 1\nhost: &x\n  <<: *x', /^signalbox: host: got something else/],
    [
      'a billion laughs',
      'port: &a [x, x]\nhost: &b [*a, *a]\ndata: [*b, *b]',
      /:2:1: an alias stands in its value; settings have none$/,
    ],
    ['a text', SECRET, /: got a text, expected keys with values, such as "port: 5080"$/],
    ['a number', '12345678', /: got a number, expected keys/],
    ['a list', `[${SECRET}]`, /: got a list, expected keys/],
    ['several documents', `port: 1\n---\n${SECRET}: 2`, /:2:1: a second document begins, but settings are one$/],
    [
      'a tag',
      `port: !${SECRET} ${SECRET}`,
      /:1:7: a tag, or a value that does not fit its tag; settings have no tags$/,
    ],
    ['a tag of YAML', `port: !!binary ${SECRET}`, /port: got something else \(/],
    ['a key twice', `${SECRET}: 1\n${SECRET}: 2`, /:2:1: a key stands twice$/],
    ['a key that is a list', `? [${SECRET}]\n: 1`, /:1:3: a key that is no text$/],
    ['a key that is a number', '123456: 1', /:1:1: a key that is no text$/],
    ['a key that is nothing', ': 1', /:1:1: a key that is no text$/],
    [
      'a password file',
      `root:$6$${SECRET}:19000:0:99999:7:::`,
      /:1:1: got an unknown key of \d+ characters, expected one of port, /,
    ],
    ['a password file, its first half', `root:${SECRET}`, /: got a text, expected keys/],
    ['variables', `SECRET=${SECRET}\nOTHER=${SECRET}`, /: got a text, expected keys/],
    ['a key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`, /: got a text, expected keys/],
    ['JSON of something else', `{"${SECRET}":"${SECRET}"}`, /:1:2: got an unknown key of 21 characters/],
    ['JSON that is broken', `{"port":"${SECRET}`, /:1:\d+: a character is missing/],
    ['the prototype of objects', `__proto__: ${SECRET}`, /:1:1: got an unknown key of 9 characters/],
    [
      'a token behind the wrong key',
      `inspect: ${SECRET}`,
      /inspect: got a text of 21 characters \(.*:1:1\), expected true or false$/,
    ],
    [
      'a token in a list',
      `hosts: [${SECRET}/x]`,
      /hosts\.0: got a text of 23 characters \(.*:1:1\), expected a host without/,
    ],
    ['a number that is a secret', 'inspect: 1234567890', /inspect: got a number \(/],
    ['a list where a text belongs', `host: [${SECRET}]`, /host: got a list \(.*\), expected a text$/],
    [
      'bytes that are no UTF-8',
      Buffer.from([0x70, 0xff, 0xfe, 0x3a]),
      /: it cannot be read: it is no plain text in UTF-8$/,
    ],
    ['text in UTF-16', Buffer.from(`port: ${SECRET}`, 'utf16le'), /: it is no plain text in UTF-8$/],
    ['an escape sequence', 'p\u001b[31mort: 1', /: it is no plain text in UTF-8$/],
    [
      'an escape sequence in JSON',
      '{"data":"\\u001b[31m"}',
      /data: got a text of 5 characters .* without control characters$/,
    ],
    [
      'a name that is nearly one of ours, with a control character',
      '{"por\\u009b":1}',
      /^signalbox: por\\u\{9b\}: got an unknown key/,
    ],
    ['65,537 bytes', `port: 1\n#${'x'.repeat(65_537 - 9)}`, /: it is longer than 65536 bytes, and no settings are$/],
    ['brackets without end', '['.repeat(65_000), /: it is nested too deeply, and settings are not$/],
    ['braces without end', '{a: '.repeat(16_000), /: it is nested too deeply/],
    ['lists in lists', '- '.repeat(32_000), /: it is nested too deeply/],
    [
      'mappings in mappings',
      Array.from({ length: 300 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
      /: it is nested too deeply/,
    ],
    ['questions without end', '? '.repeat(32_000), /: it is nested too deeply/],
  ])('%s', async (_what, content, line) => {
    const { isFine, lines } = await checked({ config: file(content) });
    expect(isFine).toBe(false);
    expect(lines[0]).toMatch(line);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  test.each([
    ['a folder', folder, 'it is a folder'],
    ['a device without end', '/dev/zero', 'it is no regular file'],
    ['nothing', join(folder, 'nothing'), 'there is no such file'],
    ['something below a file', join(import.meta.filename, 'x'), 'there is no such file'],
  ])('%s', async (_what, config, why) => {
    expect((await checked({ config })).lines).toEqual([`signalbox: ${config}: it cannot be read: ${why}`]);
  });

  test('a pipe that nobody writes to, without waiting for it', async () => {
    const config = join(folder, 'pipe');
    execFileSync('mkfifo', [config]);
    expect((await checked({ config })).lines).toEqual([
      `signalbox: ${config}: it cannot be read: it is no regular file`,
    ]);
  });

  test('a token of white space is none, wherever it comes from', async () => {
    const line =
      /inspectToken: got a text of 16 characters \(.*\), expected a text of at least 16 characters that neither .* white space$/;
    const blank = ' '.repeat(16);
    // A variable with nothing in it is not set.
    expect((await checked({}, { SIGNALBOX_INSPECT_TOKEN: blank })).isFine).toBe(true);
    expect(settingsOf({ SIGNALBOX_INSPECT_TOKEN: blank })).toEqual(settingsOf({}));
    expect((await checked({ config: file(`inspectToken: "${blank}"`) })).lines[0]).toMatch(line);
  });

  test('one with a thousand faults: twenty of them, and how many more there are', async () => {
    const content = Array.from({ length: 1_000 }, (_, n) => `key-${n}-${SECRET}: 1\n`).join('');
    const { lines } = await checked({ config: file(content) });
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('signalbox: and 980 more problems');
  });

  test('and what is as it should be passes, also with 65,536 bytes, a mark of its byte order, and an anchor that nobody uses', async () => {
    const settings = '\ufeff{"port": 1, "hosts": &x ["*"]}\n#';
    const { isFine, lines } = await checked({
      config: file(settings + 'x'.repeat(65_536 - Buffer.byteLength(settings))),
    });
    expect(isFine).toBe(true);
    expect(lines).toContain('  hosts: ["*"]');
    expect((await checked({ config: file('') })).isFine).toBe(true);
    expect((await checked({ config: file('# nothing\n') })).isFine).toBe(true);
  });
});

/** Characters that a terminal would obey. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

async function holds(
  flags: Record<string, string>,
  environment: Record<string, string> = {},
): Promise<readonly string[]> {
  const { isFine, lines } = await checked(flags, environment);
  for (const line of lines) expect(line).not.toMatch(CONTROLS);
  if (!isFine) expect(lines.every((line) => line.startsWith('signalbox: '))).toBe(true);
  return lines;
}

property(
  'any bytes as a file are lines without control characters',
  [fc.uint8Array({ maxLength: 300 })],
  300,
  async (bytes) => {
    await holds({ config: file(bytes) });
  },
);

property('any text as a file is, too', [fc.string({ unit: 'binary', maxLength: 100 })], 300, async (text) => {
  await holds({ config: file(text) });
});

const canary = fc.stringMatching(/^[a-z0-9]{12,30}$/).map((text) => `canary${text}`);
const scalar = fc.oneof(
  canary,
  fc.tuple(canary, fc.constantFrom("'", '"')).map(([text, quote]) => quote + text + quote),
  fc
    .tuple(fc.constantFrom('!', '&', '*', '!!', '|\n  ', '# ', '@', '%', '`'), canary)
    .map(([mark, text]) => `${mark}${text} ${text}`),
  fc.integer().map(String),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  fc.tuple(canary, scalar).map(([key, item]) => `{${key}: ${item}}`),
);
const key = fc.oneof(
  canary,
  fc.constantFrom('port', 'inspect', 'logLevel', 'inspectToken', '?', '<<', '---', ''),
  scalar,
);

property(
  'of a file that is something like YAML, and of variables, nothing long is ever printed',
  [fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 5 }), fc.constantFrom(': ', ':', '=', ' '), canary],
  500,
  async (pairs, separator, token) => {
    const content = pairs.map(([left, right]) => left + separator + right).join('\n');
    const environment = { SIGNALBOX_INSPECT: token, SIGNALBOX_PORT: token, [`SIGNALBOX_${token}`]: token };
    const lines = await holds({ config: file(content), logLevel: token }, environment);
    expect(lines.join('\n')).not.toContain('canary');
  },
);

test('finding out what is wrong with a long file takes no long', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const started = performance.now();
  await checked({ config: file(Array.from({ length: 9_000 }, (_, n) => `k${n}:\n`).join('')) });
  expect(performance.now() - started).toBeLessThan(20_000);
});
