import type { SpendEntry, TaskStore } from '../storage/task-store.ts';
import type { StoreTest } from './opened-store.ts';
import { problemOf } from './storage-test.ts';
import { entry } from './task-rows.ts';
import type { TestFramework } from './test-framework.ts';

const NINES = '9'.repeat(30);

/** What is no amount. */
const WRONG = [
  '',
  ' 1',
  '1 ',
  '+1',
  '.5',
  '5.',
  '1e3',
  '1,5',
  '0x10',
  'NaN',
  '--1',
  '-',
  '١',
  `1${NINES}`,
  `0.${'1'.repeat(19)}`,
];

/** The part of the contract of a store of tasks about what users spend. */
export function spendingContract({ expect }: TestFramework, test: StoreTest<TaskStore>): void {
  test('knows of nothing spent at first', async (tasks) => {
    expect(await tasks.spent('ada')).toEqual('0');
    expect(await tasks.spend([], 's')).toEqual([]);
  });

  test('adds exactly, and writes totals in their shortest form', async (tasks) => {
    const steps = [
      ['0.1', '0.1'],
      ['0.2', '0.3'],
      ['-0.300', '0'],
      ['-3', '-3'],
      ['3.5', '0.5'],
      ['-0.75', '-0.25'],
      ['0.25', '0'],
      ['-0', '0'],
      ['0012.500', '12.5'],
      ['-12.500000000000000001', '-0.000000000000000001'],
      [`${NINES}.000000000000000001`, NINES],
      [NINES, '1999999999999999999999999999998'],
      [`-${NINES}.999999999999999999`, '999999999999999999999999999998.000000000000000001'],
    ] as const;
    for (const [n, [amount, total]] of steps.entries()) {
      const added = amount === '-0.300' ? '-0.3' : amount === '-0' ? '0' : amount === '0012.500' ? '12.5' : amount;
      expect(await tasks.spend([entry(`${n}`, amount)], 's'), amount).toEqual([{ ownerId: 'ada', total, added }]);
      expect(await tasks.spent('ada')).toEqual(total);
    }
  });

  test('counts an entry once, whatever it says later', async (tasks) => {
    expect(await tasks.spend([entry('a', '1')], 's')).toEqual([{ ownerId: 'ada', total: '1', added: '1' }]);
    expect(await tasks.spend([entry('a', '7')], 't')).toEqual([{ ownerId: 'ada', total: '1', added: '0' }]);
    const twice = [entry('b', '2'), entry('b', '4'), entry('a', '1')];
    expect(await tasks.spend(twice, 'u')).toEqual([{ ownerId: 'ada', total: '3', added: '2' }]);
    expect(await tasks.spend([entry('b', '2', { ownerId: 'bob' })], 'v')).toEqual([
      { ownerId: 'bob', total: '0', added: '0' },
    ]);
    expect(await tasks.spent('ada')).toEqual('3');
  });

  test('tells a call that is repeated the same again', async (tasks) => {
    await tasks.spend([entry('a', '1')], 'other');
    const entries = [entry('a', '1'), entry('b', '0.5'), entry('c', '0.25')];
    expect(await tasks.spend(entries, 's')).toEqual([{ ownerId: 'ada', total: '1.75', added: '0.75' }]);
    expect(await tasks.spend(entries, 's')).toEqual([{ ownerId: 'ada', total: '1.75', added: '0.75' }]);
    await tasks.spend([entry('d', '8')], 'other');
    expect(await tasks.spend(entries, 's')).toEqual([{ ownerId: 'ada', total: '9.75', added: '0.75' }]);
  });

  test('tells the users of the entries in the order in which they stand there first', async (tasks) => {
    await tasks.spend([entry('x', '10', { ownerId: 'bob' })], 's');
    const of = (id: string, ownerId: string): SpendEntry => entry(id, '1', { ownerId });
    expect(await tasks.spend([of('a', 'cy'), of('x', 'bob'), of('b', 'ada'), of('c', 'cy')], 't')).toEqual([
      { ownerId: 'cy', total: '2', added: '2' },
      { ownerId: 'bob', total: '10', added: '0' },
      { ownerId: 'ada', total: '1', added: '1' },
    ]);
  });

  test('refuses what is no decimal number, and adds nothing then', async (tasks) => {
    for (const amount of WRONG)
      expect(await problemOf(tasks.spend([entry('a', '1'), entry('b', amount)], 's')), amount).toEqual('invalid');
    const number = entry('b', 1 as never);
    expect(await problemOf(tasks.spend([entry('a', '1'), number], 's')), 'a number').toEqual('invalid');
    expect(await tasks.spent('ada')).toEqual('0');
    expect(await tasks.spend([entry('a', '1')], 's')).toEqual([{ ownerId: 'ada', total: '1', added: '1' }]);
  });
}
