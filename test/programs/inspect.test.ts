import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { freePort } from '../support/free-port.ts';
import { runOther } from './running.ts';

describe('a wrong argument', () => {
  const IN_ALL = 'is no address of an inspector; expected is one such as ws://127.0.0.1:5080/inspect.';
  test.each([
    [['--fast'], "Unknown option '--fast'. --help lists the options."],
    [['--token'], "Option '--token <value>' argument missing. --help lists the options."],
    [['--rows', '1.5'], "--rows takes a whole number from 1 to 9999, not '1.5'."],
    [['--columns='], "--columns takes a whole number from 1 to 9999, not ''."],
    [['ws://a', 'b'], "'b' is a word too many; expected is one address at most."],
    [['here'], `'here' ${IN_ALL}`],
    [['localhost:5080'], `'localhost:5080' ${IN_ALL}`],
    [['ws://localhost:5080/#inspect'], `'ws://localhost:5080/#inspect' ${IN_ALL}`],
    [['--token', 'a\nb'], '--token takes a token; this one has characters that no header can carry.'],
  ])('%j', async (args, says) => {
    const outcome = await runOther('examples/inspect.mjs', args);
    expect(outcome).toEqual({ stdout: '', stderr: `inspect.mjs: ${says}\n`, exitCode: 2 });
  });
});

describe('an inspector that is not there', () => {
  test.each(['127.0.0.1', 'localhost'])('at %s is told in a line', async (host) => {
    const address = `ws://${host}:${await freePort()}`;
    const expected = 'Expected is a server that was started with --inspect, or its address as an argument.';
    expect(await runOther('examples/inspect.mjs', [address])).toEqual({
      stdout: '',
      stderr: `inspect.mjs: ${address}: nobody listens there. ${expected}\n`,
      exitCode: 1,
    });
  });

  test('but something else, is told, too', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => socket.send('hello'));
    await new Promise((listening) => server.once('listening', listening));
    const address = `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
    const { stderr, exitCode } = await runOther('examples/inspect.mjs', [`${address}/chat`]);
    server.close();
    expect(stderr).toContain(`inspect.mjs: ${address}/chat sends something else than an inspector; `);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(exitCode).toBe(1);
  });
});
