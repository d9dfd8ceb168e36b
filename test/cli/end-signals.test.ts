import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EndSignals } from '../../src/cli/end-signals.ts';
import { property } from '../support/property.ts';

type Signal = Parameters<EndSignals['received']>[0];

/** Signals whose effects are listed. */
async function received(hasTerminal: boolean, signals: readonly (Signal | number | 'end-at-once' | 'on-reload')[]) {
  const effects: string[] = [];
  let now = 0;
  const outside = { now: () => now, end: (signal: Signal) => effects.push(`end ${signal}`) };
  const subject = new EndSignals(hasTerminal, outside);
  void subject.requested.then(() => effects.push('drain'));
  for (const next of signals) {
    if (typeof next === 'number') now += next;
    else if (next === 'end-at-once') subject.endAtOnce();
    else if (next === 'on-reload') subject.onReload(() => effects.push('reload'));
    else subject.received(next);
    await Promise.resolve();
  }
  return effects;
}

describe('signals of a process', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('%s drains, and a second signal ends it', async (signal) => {
    expect(await received(false, [signal])).toEqual(['drain']);
    expect(await received(false, [signal, signal])).toEqual(['drain', `end ${signal}`]);
    expect(await received(false, [signal, 'SIGTERM'])).toEqual(['drain', 'end SIGTERM']);
  });

  test('SIGHUP drains where there was a terminal', async () => {
    expect(await received(true, ['SIGHUP'])).toEqual(['drain']);
    expect(await received(true, ['SIGHUP', 600, 'SIGHUP'])).toEqual(['drain', 'end SIGHUP']);
  });

  test('SIGHUP asks for a reload where there was none, also when it came before anybody could', async () => {
    expect(await received(false, ['SIGHUP'])).toEqual([]);
    expect(await received(false, ['SIGHUP', 'SIGHUP', 'on-reload'])).toEqual(['reload']);
    expect(await received(false, ['on-reload', 'SIGHUP', 'SIGHUP', 'SIGTERM'])).toEqual(['reload', 'reload', 'drain']);
  });

  test('a command with nothing to drain ends at the first signal, whenever it comes', async () => {
    expect(await received(false, ['end-at-once', 'SIGINT'])).toEqual(['end SIGINT']);
    expect(await received(false, ['SIGTERM', 'end-at-once'])).toContain('end SIGTERM');
  });

  test('what a terminal sends twice within half a second is one key', async () => {
    expect(await received(true, ['SIGINT', 499, 'SIGINT', 'SIGHUP'])).toEqual(['drain']);
    expect(await received(true, ['SIGINT', 500, 'SIGINT'])).toEqual(['drain', 'end SIGINT']);
    expect(await received(true, ['SIGINT', 'SIGTERM'])).toEqual(['drain', 'end SIGTERM']);
  });

  property(
    'without a terminal every one after the first ends the process, whatever the times between',
    [fc.array(fc.constantFrom<Signal>('SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'), { maxLength: 6, size: 'max' })],
    { runs: 100, sometimes: ['several', 'SIGHUP between'] },
    async (signals, reached) => {
      const ending = signals.filter((signal) => signal !== 'SIGHUP');
      if (ending.length > 1) reached('several');
      if (ending.length > 1 && signals.includes('SIGHUP')) reached('SIGHUP between');
      const drain = ending.length > 0 ? ['drain'] : [];
      expect(await received(false, signals)).toEqual([...drain, ...ending.slice(1).map((signal) => `end ${signal}`)]);
    },
  );
});
