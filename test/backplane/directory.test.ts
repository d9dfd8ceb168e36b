import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Directory } from '../../src/backplane/link/directory.ts';
import { property } from '../support/property.ts';

const lease = (bootId: string) => ({ nodeId: `node ${bootId}`, bootId, remainingMs: 1_000 });
const node = (bootId: string) => ({ nodeId: `node ${bootId}`, bootId });

function directory() {
  const gone: string[] = [];
  const known = new Directory('me', { left: ({ bootId }) => gone.push(bootId) });
  return { known, gone, boots: () => [...known.others()].map(({ bootId }) => bootId) };
}

describe('the other nodes', () => {
  test('are those that have a lease, without this one', () => {
    const { known, gone, boots } = directory();
    known.learn(['me', 'a', 'b'].map(lease));
    expect(boots()).toEqual(['a', 'b']);
    expect([known.size, known.get('a')?.nodeId, known.hasNode('node b'), known.hasNode('node me')]).toEqual([
      2,
      'node a',
      true,
      false,
    ]);
    const before = known.get('a');
    known.learn(['a'].map(lease));
    expect(known.get('a')).toBe(before);
    expect([boots(), gone]).toEqual([['a'], ['b']]);
  });

  test('are also one that was heard before its lease was read, but not for long', () => {
    const { known, gone, boots } = directory();
    known.meet(node('new'));
    known.meet(node('me'));
    expect(boots()).toEqual(['new']);
    known.learn([]);
    expect([boots(), gone]).toEqual([['new'], []]);
    known.learn([]);
    expect([boots(), gone]).toEqual([[], ['new']]);
  });

  test('are not one that has said that it ends, although its lease is listed and late messages of it come', () => {
    const { known, gone, boots } = directory();
    known.learn(['a'].map(lease));
    known.leave('a');
    known.leave('a');
    known.leave('a stranger');
    known.learn(['a'].map(lease));
    known.meet(node('a'));
    expect([boots(), gone]).toEqual([[], ['a']]);
    known.learn([]);
    known.learn([]);
    expect(gone).toEqual(['a']);
  });

  test('that have not renewed their leases since the backplane was away are alive, unless they have started anew', () => {
    const { known, gone, boots } = directory();
    known.learn(['a', 'b'].map(lease));
    known.learn([{ ...lease('c'), nodeId: 'node b' }], false);
    expect(boots().sort()).toEqual(['a', 'c']);
    expect(gone).toEqual(['b']);
    known.learn([{ ...lease('c'), nodeId: 'node b' }]);
    expect(gone).toEqual(['b', 'a']);
  });

  const boot = fc.constantFrom('a', 'b', 'c', 'd');
  property(
    'leave at most once for each time that they are there',
    [
      fc.array(
        fc.oneof(
          fc.record({ does: fc.constant('learn' as const), boots: fc.subarray(['a', 'b', 'c', 'd', 'me']) }),
          fc.record({ does: fc.constantFrom('meet' as const, 'leave' as const), boot }),
        ),
        { maxLength: 30, size: 'max' },
      ),
    ],
    300,
    (steps) => {
      const { known, gone, boots } = directory();
      let here = new Set<string>();
      for (const step of steps) {
        gone.length = 0;
        if (step.does === 'learn') known.learn(step.boots.map(lease));
        else if (step.does === 'meet') known.meet(node(step.boot));
        else known.leave(step.boot);
        const now = new Set(boots());
        expect(gone.sort()).toEqual([...here].filter((each) => !now.has(each)).sort());
        expect(now.has('me')).toBe(false);
        if (step.does === 'leave') expect(now.has(step.boot)).toBe(false);
        here = now;
      }
    },
  );
});
