import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Member, Members } from '../../src/hubs/chat/members.ts';
import { fold, nameKeysOf, skeleton } from '../../src/hubs/chat/name-keys.ts';
import { isName, nameFrom } from '../../src/hubs/chat/names.ts';
import { property } from '../support/property.ts';

const newMember = (): Member => ({ connectionId: '', connectedAt: '', username: '', messageCount: 0 });

function membersOf(...names: readonly string[]): Members {
  const members = new Members();
  for (const name of names) expect(members.name(newMember(), name), name).toBe(true);
  return members;
}
const listed = (members: Members, after?: string, limit = 100): string[] =>
  members.list(after, limit).map(({ username }) => username);

/** Letters that look alike or are variants of each other, characters that join them, and any other character. */
const letter = fc.oneof(
  fc.constantFrom(
    ...Array.from('aAаАαΑａ𝓪lI1|iіıİ0OoоmMrn sßẞſ\u0301\u0307\u0323\u200d\u200c\u200b\u202e\ufe0fیيى김é👩💻'),
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const written = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(''));

describe('what may be written as a name', () => {
  property(
    'is shown or refused; what is shown can be seen, and is shown the same again',
    [written],
    { runs: 2_000, sometimes: ['it is shown', 'it is refused'] },
    (text, reached) => {
      let name: string;
      try {
        name = nameFrom(text);
      } catch {
        reached('it is refused');
        return;
      }
      reached('it is shown');
      expect(isName(name)).toBe(true);
      expect(nameFrom(name)).toBe(name);
      expect(name).toMatch(/[\p{L}\p{N}\p{P}\p{S}]/u);
      expect(name).not.toMatch(/[\p{Bidi_Control}\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(Array.from(name).length).toBeLessThanOrEqual(40);
      for (const key of Object.values(nameKeysOf(name))) expect(key, 'no key is empty').not.toBe('');
    },
  );

  property('folds once, whatever its case and width', [written], 2_000, (text) => {
    const folded = fold(text);
    expect(fold(folded)).toBe(folded);
    expect(fold(text.normalize('NFKC'))).toBe(folded);
    expect(fold(folded.toUpperCase())).toBe(folded);
    expect(fold(folded.toLowerCase())).toBe(folded);
    const wide = text.replace(/[!-~]/g, (ascii) => String.fromCharCode(ascii.charCodeAt(0) + 0xfee0));
    expect(fold(wide)).toBe(folded);
    expect(skeleton(skeleton(text))).toBe(skeleton(text));
  });
});

describe('members', () => {
  type Step = readonly [member: number, name: string | undefined];
  /** Names from a few similar letters, so that many have the same key. */
  const alike = fc.string({ unit: fc.constantFrom('l', 'I', '1', 'i', 'a', '\u0430', 'A', 'm', 'rn'), maxLength: 3 });
  const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(5), fc.option(fc.oneof(written, alike), { nil: undefined }));

  property(
    'whoever comes, is renamed and goes, no two have names that are one',
    [fc.array(step, { maxLength: 40, size: 'max' })],
    { runs: 500, sometimes: ['a name is taken already', 'somebody is renamed', 'somebody goes'] },
    (steps, reached) => {
      const members = new Members();
      const people = Array.from({ length: 6 }, newMember);
      const present = new Set<Member>();
      for (const [index, name] of steps) {
        const member = people[index] as Member;
        if (name === undefined) {
          reached('somebody goes', present.has(member));
          members.remove(member);
          present.delete(member);
        } else if (isName(name)) {
          const isNamed = members.name(member, name);
          reached('a name is taken already', !isNamed);
          reached('somebody is renamed', isNamed && present.has(member));
          if (isNamed) present.add(member);
        }
        const names = Array.from(present, ({ username }) => username);
        for (const key of ['folded', 'name', 'look'] as const) {
          expect(new Set(names.map((held) => nameKeysOf(held)[key])).size, key).toBe(names.length);
        }
        for (const held of names) expect(members.find(held)?.username).toBe(held);
        const byName = names.sort((one, other) => (fold(one) < fold(other) ? -1 : 1));
        expect(listed(members)).toEqual(byName);
      }
    },
  );

  property(
    'pages of any size are the list',
    [fc.array(written, { maxLength: 30, size: 'max' }), fc.integer({ min: 1, max: 7 })],
    { runs: 300, sometimes: ['several pages'] },
    (names, limit, reached) => {
      const members = new Members();
      for (const name of names) if (isName(name)) members.name(newMember(), name);
      const pages: string[] = [];
      let page = listed(members, undefined, limit);
      while (page.length > 0) {
        pages.push(...page);
        page = listed(members, page.at(-1), limit);
      }
      reached('several pages', pages.length > limit);
      expect(pages).toEqual(listed(members, undefined, Number.POSITIVE_INFINITY));
    },
  );

  test('are listed by folded name, behind a name that nobody needs to have', () => {
    const members = membersOf('eve', 'Ada', 'ｂob', 'Élan', 'zoe', 'Dan');
    expect(listed(members)).toEqual(['Ada', 'ｂob', 'Dan', 'eve', 'zoe', 'Élan']);
    expect(listed(members, 'BOB')).toEqual(['Dan', 'eve', 'zoe', 'Élan']);
    expect(listed(members, 'cyd', 2)).toEqual(['Dan', 'eve']);
    expect(listed(members, 'élan')).toEqual([]);
  });

  test('may change the case of their name, and take one that looks like their own', () => {
    const members = new Members();
    const [ann, bob] = [newMember(), newMember()];
    expect([members.name(ann, 'ann'), members.name(bob, 'bob')]).toEqual([true, true]);
    expect([members.name(ann, 'Ann'), members.name(ann, '\u0410nn')]).toEqual([true, true]);
    expect(members.name(bob, 'ann')).toBe(false);
    expect(listed(members)).toEqual(['bob', '\u0410nn']);
    expect(members.find('ANN')).toBe(ann);
  });

  test('a name can be one with two others, each in its own way, and is refused for either', () => {
    const members = membersOf('all', 'AII');
    expect(members.find('All')?.username, 'the name before the look').toBe('all');
    for (const member of [members.find('all'), members.find('AII'), newMember()]) {
      expect(members.name(member as Member, 'All')).toBe(false);
    }
  });
});
