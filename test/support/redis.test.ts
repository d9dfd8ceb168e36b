// The Redis of the tests: that it leaves nothing behind, and is missed loudly.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Child } from './child.ts';
import { isRunning } from './child-processes.ts';
import { eventually } from './inbox.ts';
import { hasRedis, startRedis } from './redis.ts';

describe.runIf(hasRedis)('a Redis', () => {
  test('that is stopped leaves nothing behind', async () => {
    const server = await startRedis();
    const id = Number(readFileSync(join(server.folder, 'pid'), 'utf8'));
    expect(isRunning(id)).toBe(true);
    await server.stop();
    expect(isRunning(id)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
  });

  test.each(['running', 'paused'])('that is %s when the test run is killed leaves nothing behind', async (state) => {
    const run = new Child(new URL('./starting-redis.ts', import.meta.url), state);
    const folder = await run.stdout.first((line) => line.startsWith('/'));
    const id = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(isRunning(id)).toBe(true);
    await run.kill();
    await eventually(() => !existsSync(folder) && !isRunning(id));
  });
});

test.each([
  ['is said', '', /^\n!+\nNO REDIS: .* Install it: apt-get install redis-server\n!+\n/],
  ['is a failure where it is needed', '1', /Error: NO REDIS/],
])('the absence of Redis %s', (_what, needed, text) => {
  const program = `import ${JSON.stringify(new URL('./redis.ts', import.meta.url))}`;
  const env = { ...process.env, TEST_REDIS: 'none', TEST_REQUIRE_DATABASES: needed };
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  expect(stderr).toMatch(text);
  expect(status).toBe(needed === '1' ? 1 : 0);
});
