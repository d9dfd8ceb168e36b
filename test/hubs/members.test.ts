import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys } from '../../src/backplane/presence/key-order.ts';
import { fold, nameKeysOf, skeleton } from '../../src/hubs/chat/name-keys.ts';
import { isName, nameFrom } from '../../src/hubs/chat/names.ts';
import { createChatHub } from '../../src/hubs/chat.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';

/** The chat on one server, whose users come, are renamed and go. */
class Chat {
  readonly #server = new MemoryServer(createChatHub());
  readonly #peers: Peer[] = [];
  #calls = 0;

  static async of(...names: readonly string[]): Promise<Chat> {
    const chat = new Chat();
    for (const name of names) expect(await chat.name(await chat.enter(), name), name).toBe(true);
    return chat;
  }

  async enter(): Promise<Peer> {
    const peer = await this.#server.connect();
    this.#peers.push(peer);
    return peer;
  }

  async leave({ client }: Peer): Promise<void> {
    client.close();
    await this.#server.settle();
  }

  /** @returns whether the name was free. */
  async name(peer: Peer, name: string): Promise<boolean> {
    const { error } = await this.#call(peer, 'SetUsername', name);
    if (error !== undefined) expect(error).toContain(`The name ${nameFrom(name)} is taken.`);
    return error === undefined;
  }

  async list(peer: Peer, after?: string, limit = 100): Promise<readonly string[]> {
    const { result } = await this.#call(peer, 'GetUsers', null, { after: after ?? null, limit });
    return (result as readonly { readonly user: string }[]).map(({ user }) => user);
  }

  /** The client that a whisper to a name reaches. */
  async find(from: Peer, name: string): Promise<Peer | undefined> {
    const text = `to ${name} ${this.#calls}`;
    await this.#call(from, 'Whisper', name, text);
    return this.#peers.find(({ client }) => client.calls('ReceiveWhisper').at(-1)?.[1] === text);
  }

  async #call({ client }: Peer, name: string, ...args: readonly unknown[]) {
    this.#calls += 1;
    client.invoke(name, args, `${this.#calls}`);
    await this.#server.settle();
    const [completion] = client.completions(`${this.#calls}`);
    return completion ?? { error: 'No answer.' };
  }
}

/** Whether a name is shown as it is written. */
function isShown(written: string): boolean {
  return isName(written) && written === written.trim() && nameFrom(written) === written;
}

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

/** A name that looks like none of the others. */
const WATCHER = 'watcher with a name of its own';

describe('members', () => {
  type Step = readonly [member: number, name: string | undefined];
  /** Names from a few similar letters, so that many have the same key. */
  const alike = fc.string({ unit: fc.constantFrom('l', 'I', '1', 'i', 'a', '\u0430', 'A', 'm', 'rn'), maxLength: 3 });
  const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(5), fc.option(fc.oneof(written, alike), { nil: undefined }));

  property(
    'whoever comes, is renamed and goes, no two have names that are one',
    [fc.array(step, { maxLength: 40, size: 'max' })],
    { runs: 200, sometimes: ['a name is taken already', 'somebody is renamed', 'somebody goes'] },
    async (steps, reached) => {
      const chat = new Chat();
      const watcher = await chat.enter();
      await chat.name(watcher, WATCHER);
      /** By number; with the name of each. */
      const present = new Map<number, { readonly peer: Peer; name: string }>();
      for (const [index, name] of steps) {
        const member = present.get(index);
        if (name === undefined) {
          reached('somebody goes', member !== undefined);
          if (member !== undefined) await chat.leave(member.peer);
          present.delete(index);
        } else if (isShown(name)) {
          const peer = member?.peer ?? (await chat.enter());
          const isNamed = await chat.name(peer, name);
          reached('a name is taken already', !isNamed);
          reached('somebody is renamed', isNamed && member !== undefined);
          if (isNamed) present.set(index, { peer, name });
          else if (member === undefined) await chat.leave(peer);
        }
        const names = Array.from(present.values(), (one) => one.name);
        for (const key of ['folded', 'name', 'look'] as const) {
          expect(new Set(names.map((held) => nameKeysOf(held)[key])).size, key).toBe(names.length);
        }
        const byName = [WATCHER, ...names].sort((one, other) => compareKeys(fold(one), fold(other)));
        expect(await chat.list(watcher)).toEqual(byName);
      }
      for (const { peer, name } of present.values()) expect(await chat.find(watcher, name)).toBe(peer);
    },
  );

  property(
    'pages of any size are the list',
    [fc.array(written, { maxLength: 30, size: 'max' }), fc.integer({ min: 1, max: 7 })],
    { runs: 100, sometimes: ['several pages'] },
    async (names, limit, reached) => {
      const chat = await Chat.of('one');
      const reader = await chat.enter();
      for (const name of names) if (isShown(name)) await chat.name(await chat.enter(), name);
      const pages: string[] = [];
      let page = await chat.list(reader, undefined, limit);
      while (page.length > 0) {
        pages.push(...page);
        page = await chat.list(reader, page.at(-1), limit);
      }
      reached('several pages', pages.length > limit);
      expect(pages).toEqual(await chat.list(reader));
    },
  );

  test('are listed by folded name, behind a name that nobody needs to have', async () => {
    const chat = new Chat();
    const ada = await chat.enter();
    await chat.name(ada, 'Ada');
    for (const name of ['eve', 'ｂob', 'Élan', 'zoe', 'Dan', '\u{1f600}', 'ﷺ'])
      await chat.name(await chat.enter(), name);
    // By code points: the letter of Arabic is behind those of Latin, and before the emoji.
    expect(await chat.list(ada)).toEqual(['Ada', 'ｂob', 'Dan', 'eve', 'zoe', 'Élan', 'ﷺ', '\u{1f600}']);
    expect(await chat.list(ada, 'BOB', 4)).toEqual(['Dan', 'eve', 'zoe', 'Élan']);
    expect(await chat.list(ada, 'cyd', 2)).toEqual(['Dan', 'eve']);
    expect(await chat.list(ada, '\u{1f600}')).toEqual([]);
  });

  test('may change the case of their name, and take one that looks like their own', async () => {
    const chat = new Chat();
    const [ann, bob] = [await chat.enter(), await chat.enter()];
    expect([await chat.name(ann, 'ann'), await chat.name(bob, 'bob')]).toEqual([true, true]);
    expect([await chat.name(ann, 'Ann'), await chat.name(ann, '\u0410nn')]).toEqual([true, true]);
    expect(await chat.name(bob, 'ann')).toBe(false);
    expect(await chat.list(bob)).toEqual(['bob', '\u0410nn']);
    expect(await chat.find(bob, 'ANN')).toBe(ann);
  });

  test('a name can be one with two others, each in its own way, and is refused for either', async () => {
    const chat = new Chat();
    const [all, aii, other] = [await chat.enter(), await chat.enter(), await chat.enter()];
    expect([await chat.name(all, 'all'), await chat.name(aii, 'AII')]).toEqual([true, true]);
    expect(await chat.find(other, 'All'), 'the name before the look').toBe(all);
    for (const member of [all, aii, other]) expect(await chat.name(member, 'All')).toBe(false);
    // Nothing of the name that was refused is kept.
    await chat.leave(all);
    await chat.leave(aii);
    const late = await chat.enter();
    expect(await chat.name(late, 'All')).toBe(true);
  });

  test('who were refused a name have taken nothing of it', async () => {
    const chat = await Chat.of('Alice');
    const [one, other] = [await chat.enter(), await chat.enter()];
    // It has a look of its own, and the letters of the name that is taken.
    expect(await chat.name(one, 'ALICE')).toBe(false);
    // It has the same look, and other letters.
    expect(await chat.name(other, 'ALlCE')).toBe(true);
  });

  test('may have a name whose letters are many more when they are folded', async () => {
    const chat = new Chat();
    const [one, other] = [await chat.enter(), await chat.enter()];
    const long = 'ﷺ'.repeat(40);
    expect(await chat.name(one, long)).toBe(true);
    expect(await chat.name(other, long)).toBe(false);
    expect(await chat.name(other, `${'ﷺ'.repeat(39)}x`)).toBe(true);
    expect(await chat.find(other, long)).toBe(one);
    expect(new Set(await chat.list(other))).toEqual(new Set([long, `${'ﷺ'.repeat(39)}x`]));
  });
});
