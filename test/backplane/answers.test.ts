import { describe, expect, test } from 'vitest';
import { Answers } from '../../src/backplane/requests/answers.ts';
import { Status } from '../../src/backplane/requests/status.ts';
import { readValue } from '../../src/backplane/wire/values.ts';
import { HubError } from '../../src/errors.ts';
import { defer } from '../../src/promises.ts';

class Answering {
  readonly sent: { readonly status: Status; readonly value: unknown }[] = [];
  readonly failures: string[] = [];
  readonly answers = new Answers((error, name) => this.failures.push(`${name}: ${String(error)}`));

  /** Asks, and waits until everything has happened that needs no time. */
  async ask(name: string, id = 1, { hub = null as string | null, bootId = 'boot', args = [] as unknown[] } = {}) {
    this.answers.asked({ name, hub, args }, { bootId, id }, (status, value) =>
      this.sent.push({ status, value: readValue(value) }),
    );
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    return this.sent.at(-1);
  }
}

describe('a question of another node', () => {
  test('is answered by the one who answers this kind for this hub', async () => {
    const answering = new Answering();
    answering.answers.on('double', '/hub', ([number], bootId) => [(number as number) * 2, bootId]);
    answering.answers.on('double', null, () => undefined);
    expect(await answering.ask('double', 1, { hub: '/hub', args: [4] })).toEqual({
      status: Status.Done,
      value: [8, 'boot'],
    });
    expect(await answering.ask('double', 2)).toEqual({ status: Status.Done, value: null });
    expect(await answering.ask('double', 3, { hub: '/other' })).toMatchObject({ status: Status.Unknown });
    expect(await answering.ask('triple', 4)).toMatchObject({ status: Status.Unknown });
  });

  test('is not done again when it comes again: it gets the same answer, or waits for it', async () => {
    const answering = new Answering();
    const done = defer<number>();
    let times = 0;
    answering.answers.on('slow', null, () => {
      times += 1;
      return done.promise;
    });
    await answering.ask('slow');
    await answering.ask('slow');
    expect([times, answering.sent]).toEqual([1, []]);
    done.resolve(5);
    await answering.ask('slow');
    expect(answering.sent).toHaveLength(1);
    expect(await answering.ask('slow')).toEqual({ status: Status.Done, value: 5 });
    expect([times, answering.sent.length]).toEqual([1, 2]);
    await answering.ask('slow', 1, { bootId: 'another boot' });
    await answering.ask('slow', 2);
    expect(times).toBe(3);
  });

  test('tells the text of a HubError, and of nothing else', async () => {
    const answering = new Answering();
    answering.answers.on('refused', null, () => {
      throw new HubError('not \ud800 today');
    });
    answering.answers.on('broken', null, () => Promise.reject(new Error('a secret')));
    answering.answers.on('unwritable', null, () => Symbol('x'));
    expect(await answering.ask('refused', 1)).toEqual({ status: Status.Refused, value: 'not \ufffd today' });
    expect(await answering.ask('broken', 2)).toEqual({ status: Status.Failed, value: undefined });
    expect(await answering.ask('unwritable', 3)).toMatchObject({ status: Status.Failed });
    expect(answering.failures.map((line) => line.split(':')[0])).toEqual(['broken', 'unwritable']);
  });

  test('is remembered with ten thousand others, and with 16 MiB of answers', async () => {
    const answering = new Answering();
    let times = 0;
    answering.answers.on('note', null, ([text]) => {
      times += 1;
      return text;
    });
    for (let id = 1; id <= 10_001; id++) await answering.ask('note', id);
    expect(answering.answers.kept.answers).toBe(10_000);
    await answering.ask('note', 2);
    expect(times).toBe(10_001);
    await answering.ask('note', 1);
    expect(times).toBe(10_002);
    for (let id = 20_000; id < 20_020; id++) await answering.ask('note', id, { args: ['x'.repeat(1_000_000)] });
    expect(answering.answers.kept.bytes).toBeLessThanOrEqual(16 * 1_024 * 1_024);
    expect(answering.answers.kept.answers).toBe(16);
  });

  test('is remembered until it is answered, whatever else is', async () => {
    const answering = new Answering();
    const slow = defer<string>();
    let times = 0;
    answering.answers.on('slow', null, () => {
      times += 1;
      return slow.promise;
    });
    answering.answers.on('note', null, ([text]) => text);
    await answering.ask('slow', 1);
    for (let id = 2; id < 22; id++) await answering.ask('note', id, { args: ['x'.repeat(1_000_000)] });
    await answering.ask('slow', 1);
    slow.resolve('done');
    expect(await answering.ask('slow', 1)).toEqual({ status: Status.Done, value: 'done' });
    expect(times).toBe(1);
  });
});
