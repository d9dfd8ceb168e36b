// What somebody else has added to the history of a group.
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { logName } from '../../src/backplane/wire/channels.ts';
import { Envelopes } from '../../src/backplane/wire/envelope.ts';
import type { Position } from '../../src/index.ts';
import { eventually } from '../support/inbox.ts';
import { hasRedis } from '../support/redis.ts';
import { openRedis } from '../support/redis-backplanes.ts';
import { KEPT } from './history-hub.ts';
import { LOG, memberOf, STREAM_KEY, startNode, textsOf } from './history-node.ts';
import { ownRedis } from './node-process.ts';

describe.runIf(hasRedis)('entries that no node has signed', () => {
  const secret = 'a secret of thirty-two characters';

  test('are not delivered, and stand as removed in the history', async () => {
    const redis = await ownRedis();
    const [a, b] = [
      await startNode(redis.url, { backplaneSecret: secret }),
      await startNode(redis.url, { backplaneSecret: secret }),
    ];
    const ann = await memberOf(a);
    const before = (await a.send('1')) as Position;
    const raw = new Redis(redis.port, '127.0.0.1');
    onTestFinished(() => raw.disconnect());
    const [[, fields]] = (await raw.xrangeBuffer(STREAM_KEY, '-', '+')) as unknown as [[Buffer, Buffer[]]];
    const signed = fields[5] as Buffer;
    const bodyOf = (log: string, envelopes: Envelopes) => {
      const own = new Envelopes('boot', secret).read(LOG, signed);
      if (typeof own === 'string') throw new Error(own);
      return envelopes.write(log, { number: 1, previous: 0, items: own.items });
    };
    const changed = Buffer.from(signed);
    changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1;
    const forged = [
      bodyOf(LOG, new Envelopes('boot', undefined)),
      bodyOf(LOG, new Envelopes('boot', `${secret}, another one`)),
      bodyOf(logName('/hub', 'room:2'), new Envelopes('boot', secret)),
      changed,
      Buffer.from('no envelope'),
    ];
    const forger = await openRedis(redis.url);
    const state = { ...KEPT, seen: [], messageId: undefined };
    for (const bytes of forged) await forger.backplane.logs.append(LOG, { ...state, bytes });
    const after = (await b.send('7')) as Position;
    expect(after).toEqual({ ...before, offset: 7 });
    await eventually(() => ann.heard().length === 2);
    expect(ann.heard()).toEqual(['1 1', '7 7']);
    const c = await startNode(redis.url, { backplaneSecret: secret });
    for (const { history } of [a, b, c])
      expect(textsOf(await history.since(before))).toEqual([...[2, 3, 4, 5, 6].map((n) => `${n} removed`), '7 7']);
    for (const { log } of [a, b, c]) expect(log.faults).toEqual([]);
  });
});
