import { beforeEach, describe, expect, test } from 'vitest';
import type { Hub } from '../../src/page/client.ts';
import { MemberList, type More, type PeopleView } from '../../src/page/member-list.ts';

interface Question {
  readonly after: string | undefined;
  answer(names: readonly string[]): Promise<void>;
  fail(): Promise<void>;
}

const names = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `user ${String(from + n).padStart(3, '0')}`);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the list of members', () => {
  let questions: Question[];
  let shown: Set<string>;
  let offered: More;
  let members: MemberList;
  /** The latest request. */
  const asked = () => questions.at(-1) as Question;

  beforeEach(() => {
    questions = [];
    shown = new Set();
    const invoke = (_method: string, _room: null, { after }: { after?: string }) =>
      new Promise((resolve, reject) => {
        const answer = (page: readonly string[]) => {
          resolve(page.map((user) => ({ user })));
          return settled();
        };
        const fail = () => {
          reject(new Error('the line is cut'));
          return settled();
        };
        questions.push({ after, answer, fail });
      });
    const people: PeopleView = {
      reset: (me) => {
        shown = new Set([me]);
      },
      add: (name) => shown.add(name),
      remove: (name) => shown.delete(name),
      rename: (from, to) => {
        shown.delete(from);
        shown.add(to);
      },
      offerMore: (more) => {
        offered = more;
      },
    };
    members = new MemberList({ invoke } as unknown as Hub, people);
  });

  async function begin(page: readonly string[]): Promise<void> {
    const begun = members.begin('zoe');
    await asked().answer(page);
    await begun;
  }

  test('is asked for page by page, behind the last name, until one is not full', async () => {
    await begin(names(0, 100));
    expect(offered).toBe('when seen');
    void members.more();
    expect([asked().after, offered]).toEqual(['user 099', 'coming']);
    void members.more();
    expect(questions, 'once').toHaveLength(2);
    await asked().answer(names(100, 200));
    void members.more();
    expect(asked().after).toBe('user 199');
    await asked().answer([]);
    expect(offered).toBe('no');
    expect(shown).toEqual(new Set(['zoe', ...names(0, 200)]));
    void members.more();
    expect(questions).toHaveLength(3);
  });

  test('what changes while a page is under way holds, although the page is older', async () => {
    await begin(names(0, 100));
    void members.more();
    members.left('user 120');
    members.left('user 020');
    members.renamed('user 121', 'ann', false);
    members.joined('bob');
    await asked().answer(names(100, 150));
    const expected = new Set(['zoe', 'ann', 'bob', ...names(0, 150)]);
    for (const gone of ['user 120', 'user 020', 'user 121']) expected.delete(gone);
    expect(shown).toEqual(expected);
  });

  test('what changes between two pages holds; whoever moves over the border is there once', async () => {
    await begin(names(0, 100));
    members.renamed('user 010', 'user 110b', false);
    members.renamed('user 110', 'user 010b', false);
    void members.more();
    await asked().answer([...names(100, 110), 'user 110b']);
    const expected = new Set(['zoe', 'user 010b', 'user 110b', ...names(0, 110)]);
    expected.delete('user 010');
    expect(shown).toEqual(expected);
  });

  test('a page that cannot be had is asked for again when somebody presses', async () => {
    await begin(names(0, 100));
    void members.more();
    await asked().fail();
    expect(offered).toBe('when pressed');
    void members.more();
    expect(asked().after).toBe('user 099');
    await asked().answer(names(100, 101));
    expect(offered).toBe('no');
  });

  test('begins anew on a new connection: what an earlier one answers comes too late', async () => {
    await begin(names(0, 100));
    void members.more();
    const late = asked();
    const begun = members.begin('zoe');
    const late2 = asked();
    await late.fail();
    expect(offered, 'of no interest').toBe('coming');
    const again = members.begin('zoe');
    await late2.answer(names(200, 300));
    await begun;
    expect(shown, 'too late').toEqual(new Set(['zoe', ...names(0, 100)]));
    await asked().answer(['ann']);
    await again;
    expect([shown, offered]).toEqual([new Set(['zoe', 'ann']), 'no']);
  });

  test('tells whoever begins when the line is cut', async () => {
    const begun = members.begin('zoe');
    const failed = expect(begun).rejects.toThrow('the line is cut');
    await asked().fail();
    await failed;
    expect(offered).toBe('no');
  });
});
