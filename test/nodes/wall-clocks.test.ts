// Nodes whose wall clocks are wrong: nothing between nodes may depend on them. libfaketime sets them (package `faketime`
// of Debian).
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callsTo, closed, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { NodeProcess, ownRedis } from './node-process.ts';

const HOUR_MS = 3_600_000;

const libfaketime = readdirSync('/usr/lib')
  .map((name) => join('/usr/lib', name, 'faketime/libfaketime.so.1'))
  .find((path) => existsSync(path));
if (libfaketime === undefined) console.error('\nNO LIBFAKETIME: nodes with wrong clocks are NOT tested.\n');

/** The environment of a process whose wall clock is so many hours ahead. What never goes back stays as it is. */
const ahead = (hours: number) => ({
  LD_PRELOAD: libfaketime,
  FAKETIME: `${hours < 0 ? '' : '+'}${hours}h`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

describe.runIf(hasRedis && libfaketime !== undefined)('nodes whose wall clocks are an hour off', () => {
  test('keep their leases, carry messages and results, and end what was revoked on another one', async () => {
    const backplane = (await ownRedis()).url;
    const [now, early, late] = await Promise.all([
      NodeProcess.start({ backplane, nodeId: 'now' }),
      NodeProcess.start({ backplane, nodeId: 'early' }, ahead(-1)),
      NodeProcess.start({ backplane, nodeId: 'late' }, ahead(1)),
    ]);
    const nodes = [now, early, late];
    const errors = (await Promise.all(nodes.map((node) => node.ask('wallNow')))).map((at) => at - Date.now());
    expect(errors.map((ms) => Math.round(ms / HOUR_MS) + 0)).toEqual([0, -1, 1]);
    await Promise.all(nodes.map((node) => node.ask('linkedWith', 2)));
    const clients = await Promise.all(nodes.map((node) => connect(node.url('ann'))));
    const heard = clients.map((client) => callsTo<[string]>(client, 'Heard'));
    for (const client of clients) client.on('Asked', (text: string) => `${text}!`);
    for (const [n, client] of clients.entries()) {
      await client.invoke('ToAll', `of ${n}`);
      const others = clients.filter((other) => other !== client);
      for (const { connectionId } of others) expect(await client.invoke('Ask', connectionId, 'hello')).toBe('hello!');
    }
    for (const inbox of heard) expect((await inbox.until(3)).flat().sort()).toEqual(['of 0', 'of 1', 'of 2']);
    const ends = clients.map(closed);
    expect(await late.ask('revoke', 'of-ann')).toBe(3);
    await Promise.all(ends);
    for (const node of nodes) await expect(connect(node.url('ann'))).rejects.toThrow('401');
    const bobs = await Promise.all(nodes.map((node) => connect(node.url('bob'))));
    const gone = bobs.map(closed);
    expect(await early.ask('revoke', 'of-bob')).toBe(3);
    await Promise.all(gone);
    // Longer than a lease: each has renewed its own.
    expect((await Promise.all(nodes.map((node) => node.ask('status')))).map(({ others }) => others)).toEqual([
      ['early', 'late'],
      ['late', 'now'],
      ['early', 'now'],
    ]);
    for (const node of nodes) expect(node.lines.all.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
