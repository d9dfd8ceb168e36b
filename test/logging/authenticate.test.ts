import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/index.ts';
import type { LineLevel } from '../../src/log.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';

interface Refused {
  readonly reason: string;
  readonly stack?: string;
}

/** Lines of the log for two requests for which `authenticate` throws this. */
async function linesOf(thrown: unknown, least: LineLevel): Promise<readonly { level: string; data: Refused }[]> {
  const isLevelEnabled = (level: LineLevel) => least === 'debug' || level !== 'debug';
  const log = Object.assign(new CollectedLog(), { isLevelEnabled });
  const authenticate = () => {
    throw thrown;
  };
  const { port } = await startServer({ '/hub': emptyHub() }, { logger: log, authenticate });
  expect((await ask(port, requestText('POST', '/hub/negotiate'))).status).toBe(401);
  expect((await ask(port, upgradeRequest('/hub'))).status).toBe(401);
  return log.lines as unknown as readonly { level: string; data: Refused }[];
}

describe('a request that authenticate refuses', () => {
  test('is a short line once at info, without the place where that was thrown', async () => {
    const lines = await linesOf(new Error('no such token'), 'info');
    expect(lines).toMatchObject([{ level: 'info', data: { reason: 'no such token' } }]);
    expect(lines[0]?.data.stack).toBeUndefined();
    expect(JSON.stringify(lines[0]).length).toBeLessThan(500);
  });

  test('has that place while lines for debugging are written', async () => {
    const lines = await linesOf(new Error('no such token'), 'debug');
    const stack = expect.stringContaining('authenticate.test.ts');
    expect(lines).toMatchObject([
      { level: 'info', data: { stack } },
      { level: 'debug', data: { stack } },
    ]);
  });

  test('has it at info, too, when its code is probably wrong', async () => {
    const lines = await linesOf(new TypeError('x is not a function'), 'info');
    expect(lines).toMatchObject([{ level: 'info', data: { reason: 'x is not a function' } }]);
    expect(lines[0]?.data.stack).toMatch(/^ +at .*authenticate\.test\.ts/);
    expect(lines[0]?.data.stack).not.toContain('x is not a function');
  });

  test('never has it, nor the text, of a HubError', async () => {
    const lines = await linesOf(new HubError('not you'), 'debug');
    expect(lines).toMatchObject([{ level: 'info' }, { level: 'debug' }]);
    expect(JSON.stringify(lines)).not.toMatch(/stack|not you/);
  });

  test.each([
    [null],
    [undefined],
    ['a text'],
    [Symbol('odd')],
    [Object.create(null)],
    [
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('not even that');
          },
        },
      ),
    ],
  ])('is one, whatever is thrown (case %#)', async (thrown) => {
    expect(await linesOf(thrown, 'debug')).toMatchObject([{ level: 'info' }, { level: 'debug' }]);
  });

  test('says no more than 200 characters of what was said', async () => {
    const [line] = await linesOf(new Error(`\u001b[2J${'x y '.repeat(1_000)}`), 'info');
    expect(line?.data.reason).toMatch(/^\\u\{1b\}\[2J.{190,210}…$/);
  });
});
