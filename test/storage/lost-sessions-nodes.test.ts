// Nodes that share a storage start, die, stand still and come back. Every session of a dead node ends once, as lost; of a
// node that is alive none does, or not for long if it was away.
import fc from 'fast-check';
import { beforeEach, describe, expect } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { LOST, type SessionRecord } from '../../src/storage/session-store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { Reached } from '../support/check-property.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { property } from '../support/property.ts';
import { SqliteNodes } from '../support/sqlite-nodes.ts';
import { type ClusterStep, type Prepare, StorageCluster } from './storage-cluster.ts';
import type { StorageNode } from './storage-node.ts';

const NODES = 3;
const at = fc.integer({ min: 0, max: NODES - 1 });

const step: fc.Arbitrary<ClusterStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('connect', 'disconnect', 'connect'), at }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('start', 'die', 'expire', 'pause', 'resume'), at }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 0, max: 20_000 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'settle' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('fail', 'work'), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut', 'mend') }) },
);

/** All nodes run and have sessions that are saved. */
const BEGIN: readonly ClusterStep[] = [
  ...[0, 1, 2].flatMap((n): ClusterStep[] => [
    { do: 'start', at: n },
    { do: 'connect', at: n },
    { do: 'connect', at: n },
  ]),
  { do: 'pass', ms: 100 },
  { do: 'settle' },
];

/** A node is away for longer than its lease, while something else may happen. */
const absence = fc
  .tuple(at, fc.array(step, { maxLength: 4 }))
  .map(([n, steps]): readonly ClusterStep[] => [
    { do: 'pause', at: n },
    { do: 'expire', at: n },
    ...steps,
    { do: 'resume', at: n },
  ]);

const history = fc
  .array(fc.oneof({ weight: 9, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: absence }), {
    minLength: 5,
    maxLength: 40,
  })
  .map((steps) => [...BEGIN, ...steps.flat()]);

/** A node dies, and one that stands still for too long comes back. */
const EXAMPLE: readonly ClusterStep[] = [
  ...BEGIN,
  { do: 'disconnect', at: 1 },
  { do: 'die', at: 2 },
  { do: 'expire', at: 2 },
  { do: 'settle' },
  { do: 'pause', at: 0 },
  { do: 'expire', at: 0 },
  { do: 'settle' },
  { do: 'resume', at: 0 },
  { do: 'settle' },
];

const SOMETIMES = ['lost by a check', 'came back', 'a true end'] as const;
type Name = (typeof SOMETIMES)[number];

async function holds(cluster: StorageCluster, steps: readonly ClusterStep[], reached: Reached<Name>): Promise<void> {
  for (const one of steps) {
    await cluster.take(one);
    if (one.do !== 'settle') continue;
    const records = await cluster.records();
    for (const node of cluster.living) if (!node.wasAway) expectNoneLost(node, records);
  }
  await cluster.recover();
  const records = await cluster.records();
  const logs = cluster.nodes.flatMap(({ log }) => log.lines.map(({ text }) => text));
  reached('lost by a check', logs.includes('a node has died: sessions that were open are closed as lost'));
  for (const node of cluster.nodes) {
    const states = [...node.open].map((id) => reasonOf(records.get(id)));
    if (node.process.isDead) expect(new Set([...states, 'missing', LOST])).toEqual(new Set(['missing', LOST]));
    else expect(states).toEqual(states.map(() => 'open'));
    reached('came back', node.wasAway && !node.process.isDead && node.open.size > 0);
    for (const id of node.over) {
      const reason = reasonOf(records.get(id));
      reached('a true end', reason === 'client-closed');
      // A process that dies has not saved all.
      expect(node.process.isDead ? ['client-closed', LOST, 'missing'] : ['client-closed']).toContain(reason);
    }
  }
}

function expectNoneLost(node: StorageNode, records: ReadonlyMap<string, SessionRecord>): void {
  for (const id of [...node.open, ...node.over]) expect(reasonOf(records.get(id))).not.toBe(LOST);
}

function reasonOf(record: SessionRecord | undefined): string {
  return record === undefined ? 'missing' : (record.closeReason ?? 'open');
}

/** Storages of one kind that share what they keep, with nothing in them. */
type Share = () => { readonly storages: readonly Storage[]; readonly prepare?: Prepare; done?(): Promise<void> };

function holdsFor(runs: number, share: Share): void {
  property(
    'all sessions of dead nodes are lost, and none of others',
    [history],
    { runs, sometimes: SOMETIMES, examples: [[[...EXAMPLE]]] },
    async (steps, reached) => {
      const { storages, prepare = async () => {}, done } = share();
      try {
        await holds(new StorageCluster(storages, prepare), steps, reached);
      } finally {
        await done?.();
      }
    },
  );
}

describe('nodes that share a storage in memory', () => {
  holdsFor(200, () => ({ storages: Array(NODES).fill(new MemoryStorage(Number.POSITIVE_INFINITY)) }));
});

describe('nodes that share a SQLite database', () => {
  const nodes = new SqliteNodes(NODES, ['sessions']);
  holdsFor(30, () => {
    nodes.clear();
    return { storages: nodes.storages };
  });
});

describe('nodes that share a PostgreSQL database', () => {
  const newUrl = postgresSchemas();
  beforeEach(({ skip }) => skip(!hasPostgres, 'there is no PostgreSQL'));
  holdsFor(15, () => {
    const url = newUrl();
    const storages = Array.from({ length: NODES }, () => new PostgresStorage(url));
    return {
      storages,
      prepare: (storage) => storage.close(),
      done: async () => void (await Promise.all(storages.map((storage) => storage.close()))),
    };
  });
});
