import { describe, expect, test } from 'vitest';
import { Hearing, Sending } from './hearing.ts';

describe('beacons that are missing', () => {
  /** The first envelope of a channel is missing, with all beacons that name it. */
  function cutOff(here: Hearing): Sending {
    const there = new Sending();
    there.send('a', here);
    there.beacon(here);
    there.beacon(here);
    there.send('g');
    there.beacon();
    there.beacon();
    return there;
  }
  const answer = (here: Hearing, there: Sending, at = here.asked.length - 1): void => {
    const { bootId, since, at: moment } = here.asked[at] as Hearing['asked'][number];
    here.heard.answered(bootId, there.sent.since(since), moment);
  };

  test('are asked for, and the answer shows the gap', () => {
    const here = new Hearing('g', 'a');
    const there = cutOff(here);
    there.beacon(here);
    expect(here.asked).toMatchObject([{ bootId: 'b', since: 1 }]);
    there.beacon(here);
    there.beacon(here);
    answer(here, there);
    here.heard.askAgain();
    expect(here.gaps).toEqual([]);
    there.beacon(here);
    there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
    here.heard.askAgain();
    expect(here.asked).toHaveLength(1);
  });

  test('are asked for once more when there is no answer, and not as long as one may come', () => {
    const here = new Hearing('g', 'a');
    const there = cutOff(here);
    there.beacon(here);
    here.heard.askAgain();
    expect(here.asked).toHaveLength(1);
    here.heard.answered('b', undefined, here.asked[0]?.at ?? 0);
    here.heard.askAgain();
    expect(here.asked).toHaveLength(2);
    expect(here.asked[1]?.since).toBe(1);
  });

  test('are asked for once more when others are missing since the question', () => {
    const here = new Hearing('g', 'h', 'a');
    const there = cutOff(here);
    there.beacon(here);
    const before = there.sent.since(here.asked[0]?.since ?? 0);
    there.send('h');
    there.beacon();
    there.beacon();
    there.beacon(here);
    here.heard.answered('b', before, here.asked[0]?.at ?? 0);
    for (let beacon = 0; beacon < 2; beacon++) there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
    here.heard.askAgain();
    answer(here, there);
    for (let beacon = 0; beacon < 2; beacon++) there.beacon(here);
    expect(here.gaps).toEqual(['g of b', 'h of b']);
  });

  test('are a gap on a channel to which this node has subscribed since the last one', () => {
    const here = new Hearing('a');
    const there = new Sending();
    there.beacon(here);
    here.heard.subscribed('g');
    there.send('g');
    there.beacon();
    there.beacon(here);
    answer(here, there);
    for (let beacon = 0; beacon < 2; beacon++) there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('are those of a node whose first one comes when this one has listened for long', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon();
    there.send('g');
    there.beacon();
    for (let beacon = 0; beacon < 4; beacon++) here.heard.askAgain();
    there.beacon(here);
    expect(here.asked).toMatchObject([{ bootId: 'b', since: 0 }]);
    answer(here, there);
    there.beacon(here);
    there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('are none when this node has just begun to listen, or the other one to send', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon();
    there.send('g');
    there.beacon(here);
    for (let beacon = 0; beacon < 4; beacon++) here.heard.askAgain();
    new Sending('c').beacon(here);
    for (let beacon = 0; beacon < 3; beacon++) there.beacon(here);
    expect(here.asked).toEqual([]);
    expect(here.gaps).toEqual([]);
  });
});

describe('a beacon in several parts', () => {
  test('is compared as a whole', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    there.send('x', here);
    there.send('g');
    const { channels, latest, unknownUpTo } = there.sent.announce();
    there.part({ latest: undefined, unknownUpTo, channels: channels.slice(0, 2) }, here);
    there.part({ latest, unknownUpTo, channels: channels.slice(2) }, here);
    expect(here.gaps).toEqual([]);
    there.part({ latest: undefined, unknownUpTo: 0, channels: [] }, here);
    expect(here.gaps).toEqual([]);
    there.part({ latest: there.sent.latest, unknownUpTo: 0, channels: [] }, here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('is asked for when one of them is missing', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    there.send('x', here);
    there.send('g');
    const { channels, latest, unknownUpTo } = there.sent.announce();
    there.part({ latest: undefined, unknownUpTo, channels: channels.slice(2) });
    there.part({ latest, unknownUpTo, channels: channels.slice(0, 2) }, here);
    there.part({ latest: there.sent.latest, unknownUpTo, channels: [] }, here);
    there.part({ latest: there.sent.latest, unknownUpTo, channels: [] }, here);
    expect(here.gaps).toEqual([]);
    const [question] = here.asked;
    here.heard.answered('b', there.sent.since(question?.since ?? 0), question?.at ?? 0);
    there.beacon(here);
    there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });
});

describe('a node that has ended', () => {
  test('has said before what it has sent', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    there.send('g');
    there.beacon(here);
    here.heard.left('b');
    expect(here.gaps).toEqual(['g of b']);
  });

  test('is remembered, since it may only have been cut off', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    here.heard.left('b');
    there.send('g');
    for (let beacon = 0; beacon < 3; beacon++) there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('is asked, when it comes back, what it has sent since it was heard', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    there.beacon();
    there.beacon(here);
    here.heard.answered('b', there.sent.since(0), here.asked[0]?.at ?? 0);
    here.heard.left('b');
    there.send('g');
    there.beacon();
    here.heard.askAgain();
    expect(here.asked).toHaveLength(1);
    there.beacon(here);
    expect(here.asked).toMatchObject([{ since: 0 }, { bootId: 'b', since: 3 }]);
  });

  test('is forgotten when a thousand others have ended after it, unless it has come back', () => {
    const here = new Hearing();
    const cutOff = new Sending('cut off');
    for (const boot of ['gone', 'cut off']) {
      new Sending(boot).beacon(here);
      here.heard.left(boot);
    }
    cutOff.beacon();
    cutOff.beacon(here);
    for (let boot = 0; boot < 1_100; boot++) {
      new Sending(`${boot}`).beacon(here);
      here.heard.left(`${boot}`);
    }
    expect(here.heard.ended).toBe(1_000);
    expect(here.heard.nodes).toBe(1);
    cutOff.beacon();
    cutOff.beacon(here);
    expect(here.asked.map(({ bootId }) => bootId)).toContain('cut off');
  });

  test('has ended although late messages of it come', () => {
    const here = new Hearing('g');
    new Sending('alive').beacon(here);
    new Sending('late').send('g', here);
    here.heard.leftAllBut((bootId) => bootId === 'alive');
    here.heard.resumed();
    expect(here.asked.map(({ bootId }) => bootId)).toEqual(['alive']);
  });
});

describe('a connection that was lost', () => {
  test('has lost what was sent on a channel to which this node had just subscribed', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.send('g');
    there.beacon();
    there.send('a', here);
    here.heard.resumed();
    const [question] = here.asked;
    expect(question).toMatchObject({ bootId: 'b', since: 0 });
    here.heard.answered('b', there.sent.since(0), question?.at ?? 0);
    there.beacon(here);
    there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });
});
