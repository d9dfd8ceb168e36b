import { describe, expect, test } from 'vitest';
import type { Costs } from '../../bench/nodes/deliveries.ts';
import type { ByPeer } from '../../bench/nodes/peers.ts';
import { nodesTable } from '../../bench/nodes/table.ts';
import { lacksPackage } from '../../bench/peers/dotnet.ts';

const PER_ROUND = 3;
/** Nine rounds, on a machine that becomes slower and slower. */
const sets = (costs: ByPeer<Costs>): ByPeer<Costs>[] =>
  Array.from({ length: 9 * PER_ROUND }, (_, set) => {
    const slower = ([node1, node2, redis]: Costs): Costs => [node1 * (set + 1), node2 * (set + 1), redis * (set + 1)];
    return Object.fromEntries(Object.entries(costs).map(([name, one]) => [name, slower(one)]));
  });

describe('the table of several nodes', () => {
  test('has the time of each process, their sum, and its ratio, which a slower machine does not change', () => {
    const table = nodesTable(
      'broadcast',
      sets({ signalbox: [0.05, 0.04, 0.01], 'socket.io': [0.2, 0.15, 0.05], aspnetcore: [0.1, 0.08, 0.02] }),
      PER_ROUND,
    );
    expect(table.split('\n')).toEqual([
      'broadcast',
      '                          CPU us   node 1   node 2    Redis   ours/its   90 % interval',
      '  signalbox                 1.40     0.70     0.56     0.14',
      '  Socket.IO 4.8             5.60     2.80     2.10     0.70       0.25       0.25-0.25',
      '  ASP.NET Core SignalR      2.80     1.40     1.12     0.28       0.50       0.50-0.50',
      '  9 rounds',
    ]);
  });

  test('leaves out who did not take part', () => {
    const table = nodesTable('broadcast', sets({ signalbox: [1, 1, 1], 'socket.io': [2, 2, 2] }), PER_ROUND);
    expect(table).toContain('Socket.IO');
    expect(table).not.toContain('ASP.NET');
  });
});

test.each([
  ['error NU1301: Unable to load the service index for source', true],
  ['error NU1101: Unable to find package', true],
  ['error CS1002: ; expected', false],
])('a build that failed with "%s" lacks a package: %s', (printed, lacks) => {
  expect(lacksPackage(new Error(`the server on ASP.NET Core was not built:\n${printed}`))).toBe(lacks);
});
