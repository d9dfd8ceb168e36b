import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { newNodeId } from '../src/ids.ts';
import { resolveOptions } from '../src/options.ts';
import { ServerParts } from '../src/server.ts';

test('the id of a node begins with the name of the host, and each server has its own', () => {
  const ids = Array.from({ length: 1_000 }, newNodeId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) {
    expect(id.startsWith(`${hostname()}-`)).toBe(true);
    expect(id.slice(hostname().length + 1)).toMatch(/^[\w-]{10}$/);
  }
  const [one, other] = [1, 2].map(() => new ServerParts(resolveOptions({ hubs: {} })));
  expect(one?.nodeId).not.toBe(other?.nodeId);
});
